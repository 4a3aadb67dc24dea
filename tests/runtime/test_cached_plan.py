"""What is told of a cached function before it is called: which functions share it, and how arguments are bound."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import FunctionType
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.caching.codec import encode_key
from byway.runtime.cached_plan import Parameters, code_bytes, digest, plan_of
from byway.runtime.work import Params


@dataclass
class Point:
    x: int


class Colour(Enum):
    RED = 1


# --- Which functions share a plan -------------------------------------------------------------------------------------


def made(value: object = None, annotation: Any = None) -> FunctionType:
    """What one ``def`` makes, with ``value`` closed over."""

    def function() -> Any:
        return value

    function.__annotations__["return"] = annotation
    assert isinstance(function, FunctionType)
    return function


def test_a_plan_is_made_once_however_often_its_def_is_executed() -> None:
    assert plan_of(made()) is plan_of(made())
    assert plan_of(made(1, list[Point])) is plan_of(made(2, list[Point]))
    assert plan_of(made(Point, "value")) is plan_of(made(Point, "value"))


def test_data_that_is_closed_over_makes_no_other_plan() -> None:
    values = (1, "text", [1], {"a": 1}, Point(1), Colour.RED, made)
    assert len({id(plan_of(made(value))) for value in values}) == 1


@pytest.mark.parametrize("annotation", [Point, Colour, list[Point], dict[str, Colour], Point | None, "Point"])
def test_other_annotations_make_another_plan(annotation: Any) -> None:
    assert plan_of(made(1, annotation)) is not plan_of(made(1, int))


@pytest.mark.parametrize("value", [Point, Colour, list[Point], Point | None, TypeVar("T", bound=Point)])  # type: ignore[misc]
def test_other_types_that_an_annotation_may_name_make_another_plan(value: Any) -> None:
    assert plan_of(made(value, "value")) is not plan_of(made(int, "value"))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are newer syntax")
def test_other_bounds_of_type_parameters_make_another_plan() -> None:
    source = """
from __future__ import annotations
def made(bound):
    def function[T: bound](one: T) -> T: ...
    return function
"""
    names: dict[str, Any] = {}
    exec(compile(source, "generic.py", "exec", dont_inherit=True), names)
    made = names["made"]
    assert plan_of(made(Point)) is plan_of(made(Point))
    assert plan_of(made(Point)) is not plan_of(made(Colour))
    assert plan_of(made(Point)).place != plan_of(made(Colour)).place


@pytest.mark.parametrize("annotation", [{"no": "hash"}, ["no hash"]])
def test_an_annotation_may_be_anything(annotation: Any) -> None:
    assert plan_of(made(1, annotation)).name == plan_of(made(1)).name


def test_functions_that_name_different_classes_stand_in_different_places() -> None:
    places = [plan_of(made(1, annotation)).place for annotation in (int, Point, Colour, list[Point])]
    assert places[1] == places[3]
    assert len(set(places)) == 3


# --- Binding ----------------------------------------------------------------------------------------------------------


def two(a: Any, b: Any) -> None: ...


def with_defaults(a: Any, b: Any = 2, c: Any = (3,)) -> None: ...


def by_position_only(a: Any, b: Any = 2, /, c: Any = 3) -> None: ...


def by_name_only(a: Any, *, b: Any = 2) -> None: ...


def variadic(a: Any = 1, *args: Any, **kwargs: Any) -> None: ...


def nothing() -> None: ...


functions = st.sampled_from([two, with_defaults, by_position_only, by_name_only, variadic, nothing])


@given(
    functions,
    st.lists(st.integers(), max_size=4).map(tuple),
    st.dictionaries(st.sampled_from("abcx"), st.integers(), max_size=3),
)
def test_arguments_are_bound_as_a_call_binds_them(
    function: FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    def outcome(bind: Callable[[], inspect.BoundArguments]) -> Any:
        try:
            bound = bind()
        except TypeError as error:
            return str(error)
        return dict(bound.arguments), bound.args, bound.kwargs

    def slowly() -> inspect.BoundArguments:
        bound = inspect.signature(function).bind(*args, **kwargs)
        bound.apply_defaults()
        return bound

    assert outcome(lambda: Parameters(function).bind(args, kwargs)) == outcome(slowly)


@pytest.mark.parametrize("kwargs", [{}, {"b": 1}])
def test_params_stay_what_can_be_awaited_and_count_as_the_dict_that_they_hold(kwargs: dict[str, Any]) -> None:
    assert isinstance(with_defaults, FunctionType)
    bound = Parameters(with_defaults).bind((Params({"id": "7"}),), kwargs)
    assert type(bound.args[0]) is Params
    plain = Parameters(with_defaults).bind(({"id": "7"},), kwargs)
    assert encode_key(dict(bound.arguments)) == encode_key(dict(plain.arguments))


# --- Digests ----------------------------------------------------------------------------------------------------------


def test_a_digest_tells_its_parts_apart() -> None:
    assert len({digest(b"ab"), digest(b"a", b"b"), digest(b"", b"ab"), digest(b"ab", b""), digest()}) == 5
    assert digest(b"a", b"b") == digest(b"a", b"b")


def test_code_is_told_apart_by_what_it_does_and_not_by_its_line() -> None:
    one, same, other = (
        lambda: "a",
        lambda: "a",
        lambda: "b",
    )
    assert code_bytes(one.__code__) == code_bytes(same.__code__) != code_bytes(other.__code__)
