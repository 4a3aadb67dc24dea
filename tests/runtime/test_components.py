"""How the functions of pages and layouts are called: with which props, by whom."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import htpy
import pytest

from byway.runtime.components import compile_component
from byway.runtime.dispatch import HandlerError

PROPS = ("params", "search_params")


def page() -> None: ...
async def asynchronous(params: object) -> None: ...
def keyword_only(*, search_params: object) -> None: ...
def with_default(params: object = None) -> None: ...
def anything(**props: object) -> None: ...
def more(params: object, *rest: object, **props: object) -> None: ...


class Component:
    async def __call__(self, params: object) -> None: ...


def with_user(component: Callable[..., Any]) -> Callable[..., Any]:
    """Gives the component a user beside its props."""

    @functools.wraps(component)
    async def wrapper(**props: Any) -> Any:
        return await component(user="Ada", **props)

    return wrapper


@with_user
async def decorated(user: str, params: object) -> None: ...


def test_a_component_is_given_the_props_that_it_declares() -> None:
    def props_of(function: object) -> set[str]:
        return set(compile_component("page", "app/page.py", function, PROPS).props)

    assert props_of(page) == set()
    assert props_of(asynchronous) == {"params"}
    assert props_of(keyword_only) == {"search_params"}
    assert props_of(with_default) == {"params"}
    assert props_of(anything) == set(PROPS)
    assert props_of(more) == set(PROPS)
    assert props_of(Component()) == {"params"}


def test_a_decorator_that_hands_on_keywords_takes_what_the_function_in_it_declares() -> None:
    assert compile_component("page", "app/page.py", decorated, PROPS).props == {"params"}


def test_async_functions_are_known_as_such() -> None:
    def is_async(function: object) -> bool:
        return compile_component("page", "app/page.py", function, PROPS).is_async

    assert [is_async(one) for one in (page, asynchronous, Component(), decorated)] == [False, True, True, True]


def generator() -> Iterator[str]:
    yield ""


async def async_generator() -> AsyncIterator[str]:
    yield ""


def by_position(params: object, /) -> None: ...
def unknown(slug: str) -> None: ...
def unknown_with_default(params: object, searchParams: object = None, x: int = 1) -> None: ...


@pytest.mark.parametrize(
    ("function", "what"),
    [
        ("hello", "page is str, not a function."),
        (Component, "page is the class Component, not a function."),
        (htpy.h1["Hello"], "page is Element, not a function."),
        (generator, "page is a generator: it yields instead of returning what is to be rendered."),
        (async_generator, "page is a generator: it yields instead of returning what is to be rendered."),
        (by_position, "page takes 'params' by position; props are given by name."),
        (unknown, "page has the parameter 'slug', for which there is no value."),
        (unknown_with_default, "page has the parameters 'searchParams', 'x', for which there is no value."),
    ],
)
def test_what_cannot_be_called_with_props_is_refused(function: object, what: str) -> None:
    with pytest.raises(HandlerError) as caught:
        compile_component("page", "app/page.py", function, PROPS)
    assert str(caught.value) == what


def test_the_cure_for_an_unknown_prop_names_the_possible_ones() -> None:
    with pytest.raises(HandlerError) as caught:
        compile_component("page", "app/page.py", unknown, PROPS)
    assert caught.value.cure == (
        "Props are given by name. Those of a page are params and search_params; leave out what is not needed."
    )
