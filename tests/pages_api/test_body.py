"""``req.body`` by content type, within its limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.http.errors import BodyTooLarge
from byway.pages_api.body import RefusedBody, grouped, parse_body, read_limited
from byway.pages_api.config import Size

FORM = "application/x-www-form-urlencoded"


def parse(data: bytes, content_type: str | None = None) -> Any:
    return parse_body(data, content_type, 1000)


def refusal_of(data: bytes, content_type: str) -> tuple[int, str]:
    with pytest.raises(RefusedBody) as caught:
        parse(data, content_type)
    return caught.value.status, caught.value.text


@pytest.mark.parametrize(
    "kind", ["application/json", "application/ld+json", "Application/JSON ; charset=utf-8", "application/json;x=y"]
)
def test_json_becomes_python_values(kind: str) -> None:
    assert parse('{"a":[1,null,"é"]}'.encode(), kind) == {"a": [1, None, "é"]}
    assert parse(b"null", kind) is None
    assert parse(b"12", kind) == 12


@pytest.mark.parametrize("kind", ["application/json", FORM])
def test_an_empty_json_or_form_body_is_an_empty_dict(kind: str) -> None:
    assert parse(b"", kind) == {}


@pytest.mark.parametrize("kind", [None, "text/plain", "application/octet-stream", "multipart/form-data; boundary=x"])
def test_no_body_of_any_other_type_is_none(kind: str | None) -> None:
    assert parse(b"", kind) is None


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/vnd.api+json", "multipart/form-data; boundary=x", "", "no type", ";"]
)
def test_any_other_type_is_text(kind: str | None) -> None:
    assert parse('{"é":1}'.encode(), kind) == '{"é":1}'


@pytest.mark.parametrize("data", [b'{"a":', b" ", b"{a:1}", b"\xff\xfe{", b"[" * 100_000, b"NaN"])
def test_what_is_no_json_is_refused(data: bytes) -> None:
    assert refusal_of(data, "application/json") == (400, "Invalid JSON")


def test_a_form_is_a_dict_whose_repeated_names_are_lists() -> None:
    assert parse(b"a=1&b=x+y&b=%C3%A9&c=&d&b=%zz", FORM) == {"a": "1", "b": ["x y", "é", "%zz"], "c": "", "d": ""}


def test_a_form_with_too_many_fields_is_too_large() -> None:
    with pytest.raises(BodyTooLarge, match=r"more than 1,000 fields .* Config\(max_form_parts=…\)"):
        parse(b"&" * 1000, FORM)


def test_text_is_decoded_by_its_charset() -> None:
    assert parse("é€".encode("windows-1252"), "text/plain; charset=windows-1252") == "é€"
    assert parse('{"a":"é"}'.encode("latin-1"), 'application/json; charset="ISO-8859-1"') == {"a": "é"}
    assert parse("a=é".encode("utf-16"), f"{FORM};charset=UTF-16") == {"a": "é"}
    assert parse(b"\xef\xbb\xbfx", "text/plain") == "x"
    assert parse(b"a\xff", "text/plain") == "a\ufffd"


@pytest.mark.parametrize(
    "charset", ["none", "zlib", "rot13", "idna", "punycode", "unicode_escape", "utf-7", "\x00", "é"]
)
def test_a_charset_that_is_unknown_or_none_is_refused(charset: str) -> None:
    assert refusal_of(b"x", f"text/plain; charset={charset}") == (400, "Invalid body")


@given(st.binary(max_size=40), st.none() | st.text(max_size=40))
def test_whatever_comes_is_parsed_or_refused(data: bytes, kind: str | None) -> None:
    with suppress(RefusedBody):
        assert isinstance(parse(data, kind), str | dict | list | int | float | bool | None)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=2))))
def test_pairs_are_grouped_by_their_names_in_order(pairs: list[tuple[str, str]]) -> None:
    found = grouped(pairs)
    assert list(found) == list(dict.fromkeys(name for name, _ in pairs))
    for name, value in found.items():
        values = [one for known, one in pairs if known == name]
        assert value == (values if len(values) > 1 else values[0])


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def read(*parts: bytes, announced: str | None = None) -> bytes:
    return asyncio.run(read_limited(chunks(*parts), announced, Size(10, "10b")))


def test_a_body_of_the_limit_is_read() -> None:
    assert read(b"01234", b"56789") == b"0123456789"
    assert read(b"x", announced="1") == b"x"
    assert asyncio.run(read_limited(None, "99", Size(10, "10b"))) == b""


def test_a_body_beyond_the_limit_is_read_to_its_end_so_that_its_client_hears_of_it() -> None:
    left = iter([b"x" * 11, b"y", b"z"])

    async def chunks() -> AsyncIterator[bytes]:
        for part in left:
            yield part

    with pytest.raises(RefusedBody):
        asyncio.run(read_limited(chunks(), None, Size(10, "10b")))
    assert not list(left)


@pytest.mark.parametrize(("parts", "announced"), [((b"0123456789", b"x"), None), ((b"x",), "11"), ((b"x" * 11,), "3")])
def test_a_body_beyond_the_limit_is_refused(parts: tuple[bytes, ...], announced: str | None) -> None:
    with pytest.raises(RefusedBody, match=r"^Body exceeded 10b limit$") as caught:
        read(*parts, announced=announced)
    assert caught.value.status == 413
