from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, Literal, Required, TypedDict

import pytest

from byway.http.url import URL
from byway.metadata.shapes import MetadataError, Rule, is_list, required_keys, shape_of

WEST, EAST = timezone(timedelta(hours=-1)), timezone(timedelta(hours=1))


class Inner(TypedDict, total=False):
    word: Literal["a", "b"] | None


class Outer(TypedDict, total=False):
    name: Required[str]
    inner: Inner | Sequence[Inner]
    by_name: Mapping[str, Inner]
    even: Annotated[int, Rule(lambda number: number % 2 == 0, "an even number")] | None


def fault(annotation: Any, value: object) -> str:
    with pytest.raises(MetadataError) as caught:
        shape_of(annotation).check(value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (str, ""),
        (bool, False),
        (int, 0),
        (float, 1),
        (float, 1.5),
        (date, date(2024, 1, 1)),
        (date, datetime(2024, 1, 1)),
        (date, datetime.max),
        (date, datetime.min.replace(tzinfo=WEST)),
        (date, datetime.max.replace(tzinfo=EAST)),
        (Any, object()),
        (URL, URL("https://acme.com")),
        (Mapping[str, int | None], {"a": None, "b": 1}),
        (Literal["a", "b"], "b"),
        (str | float, 5),
        (Sequence[str], []),
        (Sequence[str], ("a",)),
        (Sequence[int], range(3)),
        (Mapping[str, int], {"a": 1}),
        (Outer, {"name": "x"}),
        (Outer, {"name": "x", "inner": {"word": "a"}, "even": 2}),
        (Outer, {"name": "x", "inner": [{"word": "a"}, {}], "by_name": {"b": {}}}),
        (Outer, {"name": "x", "inner": None, "by_name": None, "even": None}),
    ],
)
def test_what_is_of_the_type_is_accepted(annotation: Any, value: object) -> None:
    shape_of(annotation).check(value)


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (str, b"", "The returned object is b''. Write a str."),
        (bool, 1, "The returned object is 1. Write True or False."),
        (int, 1.0, "The returned object is 1.0. Write a whole number."),
        (int, True, "The returned object is True. Write a whole number."),
        (float, False, "The returned object is False. Write a number."),
        (float, float("inf"), "The returned object is inf. Write a number."),
        (date, "2024", "The returned object is '2024'. Write a date, with or without a time."),
        *(
            (
                date,
                time,
                f"The returned object is {time}, which is outside the years 1 to 9999 in UTC. Write a time within",
            )
            for time in (datetime.max.replace(tzinfo=WEST), datetime.min.replace(tzinfo=EAST))
        ),
        (Literal["a", "b"], 5, 'The returned object is 5. Write "a" or "b".'),
        (str | float, None, "The returned object is None. Write a str or a number."),
        (Sequence[str], "ab", "The returned object is 'ab'. Write a list of str."),
        (Sequence[str], {"a"}, "The returned object is {'a'}. Write a list of str."),
        (Sequence[Sequence[int]], [[1], [1, "2"]], "[1][1] is '2'. Write a whole number."),
        (Mapping[str, int], [], "The returned object is []. Write a dict from str to whole numbers."),
        (Mapping[str, int], {"a b": "c"}, "['a b'] is 'c'. Write a whole number."),
        (Mapping[str, int], {1: 1}, "[1] is 1. Write a str."),
        (Outer, {"name": None}, "name is None. Write a str."),
        (Outer, {"name": "x", "even": 3}, "even is 3. Write an even number."),
        (Outer, {"name": "x", "even": "3"}, "even is '3'. Write an even number."),
        (Outer, {"name": "x", "inner": [{}, {"word": "c"}]}, 'inner[1].word is \'c\'. Write "a" or "b".'),
        (Outer, {"name": "x", "by_name": {"b": {"w": 1}}}, "by_name.b has the unknown key 'w'. "),
        (Outer, {"name": "x", 5: 6}, "The returned object has the unknown key 5. "),
        (Outer, {"Name": "x"}, "The returned object has the unknown key 'Name'. Did you mean 'name'?"),
        (Outer, {"byName": {}}, "The returned object has the unknown key 'byName'. Did you mean 'by_name'?"),
        (Outer, {}, "The returned object has no 'name'. Write 'name': a str."),
    ],
)
def test_what_is_not_is_refused_with_its_place(annotation: Any, value: object, message: str) -> None:
    assert fault(annotation, value).startswith(message)


def test_required_keys_are_those_that_say_so() -> None:
    assert required_keys(Outer) == {"name"}


def test_a_long_value_is_shortened_in_the_message() -> None:
    assert len(fault(int, "x" * 1000)) < 120


def test_an_unknown_annotation_is_an_error_of_the_programmer() -> None:
    with pytest.raises(TypeError, match="No shape is known"):
        shape_of(set[str])


@pytest.mark.parametrize(
    ("value", "expected"), [([], True), ((), True), (range(1), True), ("a", False), (b"a", False), ({}, False)]
)
def test_text_is_no_list(value: object, expected: bool) -> None:
    assert is_list(value) is expected
