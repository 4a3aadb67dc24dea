from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.http.headers import Headers, ReadonlyHeaders

NAMES = st.sampled_from(["a", "B", "Accept", "accept", "X-One", "x-one", "Set-Cookie"])
VALUES = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"], include_characters="\t"), max_size=8)


def test_names_are_case_insensitive() -> None:
    headers = Headers({"Content-Type": "text/plain"})
    assert headers.get("CONTENT-type") == headers["content-TYPE"] == "text/plain"
    assert headers.has("Content-Type")
    assert "CONTENT-TYPE" in headers
    assert headers.get_all("Content-Type") == ["text/plain"]


def test_names_iterate_in_lower_case_sorted_each_once() -> None:
    headers = Headers([("X-B", "1"), ("A", "2"), ("x-b", "3")])
    assert list(headers) == headers.keys() == ["a", "x-b"]
    assert headers.items() == [("a", "2"), ("x-b", "1, 3")]
    assert headers.values() == ["2", "1, 3"]
    assert len(headers) == 2


def test_headers_become_a_dict() -> None:
    assert dict(Headers({"B": "2", "A": "1"})) == {"a": "1", "b": "2"}


def test_an_absent_header_gives_the_default_or_a_key_error() -> None:
    headers = Headers()
    assert headers.get("x") is None
    assert headers.get("x", "y") == "y"
    assert headers.get_all("x") == []
    assert 1 not in headers
    with pytest.raises(KeyError, match="x"):
        headers["x"]


def test_an_empty_value_is_a_value() -> None:
    headers = Headers({"x": ""})
    assert headers.get("x", "default") == ""
    headers.append("x", "a")
    assert headers.get("x") == ", a"


def test_repeated_names_are_joined_but_for_set_cookie() -> None:
    headers = Headers([("Vary", "a"), ("vary", "b"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2")])
    assert headers.get("vary") == "a, b"
    assert headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert headers.items() == [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("vary", "a, b")]
    assert headers.raw == [(b"vary", b"a, b"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]


def test_a_mapping_pairs_and_headers_initialise_alike() -> None:
    assert Headers({"a": "1"}) == Headers([("A", "1")]) == Headers(Headers({"a": "1"}))
    assert Headers() == Headers(None) == Headers({}) == Headers([])


def test_a_value_of_none_leaves_its_header_out() -> None:
    assert Headers({"a": None, "b": "1"}).items() == [("b", "1")]


def test_copies_are_independent() -> None:
    first = Headers({"a": "1"})
    second = Headers(first)
    second.set("a", "2")
    second.append("b", "3")
    assert first.items() == [("a", "1")]


def test_from_raw_does_not_write_into_the_list_it_was_given() -> None:
    raw = [(b"a", b"1")]
    headers = Headers.from_raw(raw)
    headers.set("a", "2")
    headers.delete("a")
    headers.append("b", "3")
    assert raw == [(b"a", b"1")]


def test_values_that_a_server_received_apart_are_joined_on_reading() -> None:
    headers = Headers.from_raw([(b"x", b"1"), (b"y", b"2"), (b"x", b"3")])
    assert headers.get("x") == "1, 3"
    assert headers.get_all("X") == ["1", "3"]
    assert headers.items() == [("x", "1, 3"), ("y", "2")]


def test_set_replaces_every_value_in_the_place_of_the_first() -> None:
    headers = Headers.from_raw([(b"x", b"1"), (b"y", b"2"), (b"x", b"3")])
    headers.set("X", "4")
    assert headers.raw == [(b"x", b"4"), (b"y", b"2")]
    headers.set("z", "5")
    assert headers.raw[-1] == (b"z", b"5")


def test_delete_removes_every_value() -> None:
    headers = Headers.from_raw([(b"x", b"1"), (b"y", b"2"), (b"x", b"3")])
    headers.delete("X")
    headers.delete("never-there")
    assert headers.items() == [("y", "2")]


def test_white_space_around_values_is_trimmed() -> None:
    assert Headers({"a": " \t1 \t"}).get("a") == "1"


@pytest.mark.parametrize("name", ["", "a b", "a:b", "é", "a\n", "(a)", 'a"', "a\r\nb"])
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    for act in (lambda: Headers({name: "1"}), lambda: Headers().set(name, "1"), lambda: Headers().append(name, "1")):
        with pytest.raises(ValueError) as caught:
            act()
        assert str(caught.value) == f"Invalid header name {name!r}: letters, digits and !#$%&'*+-.^_`|~ are allowed."


@pytest.mark.parametrize("value", ["a\nb", "a\r\nSet-Cookie: x=1", "\0", "a\r", "a\n", "a\x01b", "\x1b", "a\x7f"])
def test_a_value_with_a_control_character_is_refused(value: str) -> None:
    for act in (lambda: Headers({"x": value}), lambda: Headers().set("x", value), lambda: Headers().append("x", value)):
        with pytest.raises(ValueError) as caught:
            act()
        assert str(caught.value) == (
            "The value of header 'x' holds a line break or another control character; headers cannot carry those."
        )


def test_a_value_beyond_latin_1_is_refused_with_the_cure() -> None:
    with pytest.raises(ValueError) as caught:
        Headers({"x": "€"})
    assert str(caught.value) == (
        "The value of header 'x' holds characters beyond Latin-1; encode them, with urllib.parse.quote(…) for example."
    )
    assert Headers({"x": "é"}).get("x") == "é"


def test_a_value_that_is_no_str_is_refused_with_the_cure() -> None:
    with pytest.raises(TypeError) as caught:
        Headers({"x": 1})  # type: ignore[dict-item]
    assert str(caught.value) == "The value of header 'x' is int, not str: write str(…) around it."


def test_reading_a_name_that_cannot_exist_finds_nothing() -> None:
    assert Headers({"x": "1"}).get("€") is None
    assert not Headers({"x": "1"}).has("€")


def test_headers_are_equal_by_content_and_not_hashable() -> None:
    assert Headers({"A": "1", "b": "2"}) == Headers({"B": "2", "a": "1"})
    assert Headers({"a": "1"}) != Headers({"a": "2"})
    assert Headers() != {}
    with pytest.raises(TypeError, match="unhashable"):
        hash(Headers())


def test_the_repr_shows_the_items() -> None:
    assert repr(Headers({"A": "1"})) == "Headers([('a', '1')])"


def test_readonly_headers_are_the_same_object_with_and_without_await() -> None:
    headers = ReadonlyHeaders.from_raw([(b"a", b"1")])

    async def awaited() -> ReadonlyHeaders:
        return await headers

    assert asyncio.run(awaited()) is headers
    assert headers.get("A") == "1"


def test_readonly_headers_refuse_every_change() -> None:
    headers = ReadonlyHeaders.from_raw([(b"a", b"1")])
    for act in (
        lambda: headers.set("a", "2"),
        lambda: headers.append("b", "2"),
        lambda: headers.delete("a"),
    ):
        with pytest.raises(TypeError) as caught:
            act()
        assert str(caught.value) == (
            "Headers cannot be modified: headers() is read-only. "
            "Set a response's headers with Response(…, headers={…}) or response.headers.set(…)."
        )
    assert headers.items() == [("a", "1")]


@given(st.lists(st.tuples(NAMES, VALUES.filter(lambda value: value.strip(" \t"))), max_size=8))
def test_headers_made_of_their_own_items_are_equal(pairs: list[tuple[str, str]]) -> None:
    headers = Headers(pairs)
    assert Headers(headers.items()) == headers
    assert all(headers.get(name) is not None for name in headers)
    assert {name.lower() for name, _ in pairs} == set(headers)


@given(st.lists(st.tuples(st.sampled_from(["set", "append", "delete"]), NAMES, VALUES), max_size=10))
def test_set_append_and_delete_act_as_on_a_list_of_values(steps: list[tuple[str, str, str]]) -> None:
    headers = Headers()
    model: dict[str, list[str]] = {}
    for step, name, value in steps:
        key, trimmed = name.lower(), value.strip(" \t")
        if step == "set":
            headers.set(name, value)
            model[key] = [trimmed]
        elif step == "append":
            headers.append(name, value)
            model.setdefault(key, []).append(trimmed)
        else:
            headers.delete(name)
            model.pop(key, None)
    assert headers.keys() == sorted(model)
    for key, values in model.items():
        assert headers.get(key) == ", ".join(values)
        if key == "set-cookie":
            assert headers.get_all(key) == values


def test_a_tab_within_a_value_passes() -> None:
    assert Headers({"x": "a\tb"}).get("x") == "a\tb"
