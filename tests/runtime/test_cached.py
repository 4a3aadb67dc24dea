"""`use_cache` and `unstable_cache`: what makes two calls one, what is kept and for how long, and what is refused."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from htpy import div, p

from byway import FetchError, Response, cookies, draft_mode, headers
from byway.asgi import Application
from byway.cache import (
    NotCacheable,
    cache_life,
    cache_tag,
    revalidate_path,
    revalidate_tag,
    unstable_cache,
    unstable_no_store,
    use_cache,
)
from byway.runtime.draft import DRAFT_COOKIE
from byway.server import connection
from byway.testing import Client

from ..support import call, loaded, route, write_app
from .conftest import Inside

# Cached functions count their runs here: a global is no part of a key.
runs: list[Any] = []
switch: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def _forget() -> None:
    runs.clear()
    switch.clear()


def count(value: object = None) -> int:
    runs.append(value)
    return len(runs)


async def each(*calls: Awaitable[Any]) -> list[Any]:
    return [await call for call in calls]


# --- The key ----------------------------------------------------------------------------------------------------------


@use_cache
async def echo(value: object) -> int:
    return count(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, "1"),
        (1, 1.0),
        (True, 1.0),
        (True, "True"),
        (None, "None"),
        (None, False),
        ("", b""),
        ("1", b"1"),
        ([1], (1,)),
        ({1}, [1]),
        ({}, []),
        ({"a": None}, {}),
        ([[1], 2], [1, [2]]),
    ],
)
def test_values_of_different_types_are_different_arguments(inside: Inside, one: object, other: object) -> None:
    assert inside(lambda: each(echo(one), echo(other), echo(one))) == [1, 2, 1]


def test_equal_arguments_are_one_call_in_whatever_order_their_parts_are(inside: Inside) -> None:
    calls = lambda: each(echo({"a": 1, "b": 2}), echo({"b": 2, "a": 1}), echo({1, 2}), echo({2, 1}))  # noqa: E731
    assert inside(calls) == [1, 1, 2, 2]


def test_however_arguments_are_passed_equal_calls_are_one(inside: Inside) -> None:
    @use_cache
    async def item(a: int, b: int = 2, *, c: int = 3) -> int:
        return count((a, b, c))

    calls = lambda: each(item(1), item(a=1), item(1, 2), item(b=2, a=1), item(1, c=3), item(2, 1))  # noqa: E731
    assert inside(calls) == [1, 1, 1, 1, 1, 2]


def test_variadic_arguments_are_in_the_key_by_their_place_and_name(inside: Inside) -> None:
    @use_cache
    async def items(*args: object, **kwargs: object) -> int:
        return count()

    calls = lambda: each(items(1, 2), items(2, 1), items(a=1), items(b=1), items(1, 2), items(a=1))  # noqa: E731
    assert inside(calls) == [1, 2, 3, 4, 1, 3]


def test_a_call_that_does_not_fit_raises_type_error(inside: Inside) -> None:
    with pytest.raises(TypeError, match="missing a required argument: 'value'"):
        inside(lambda: echo())  # type: ignore[call-arg]


def test_closed_over_values_are_in_the_key_and_unused_ones_are_not(inside: Inside) -> None:
    def make(used: int, unused: int) -> Callable[[], Awaitable[int]]:
        @use_cache
        async def inner() -> int:
            return count(used)

        assert unused
        return inner

    assert inside(lambda: each(make(1, 1)(), make(1, 2)(), make(2, 1)(), make(1, 3)())) == [1, 1, 2, 1]


def test_a_recursive_function_may_close_over_itself(inside: Inside) -> None:
    @use_cache
    async def fibonacci(n: int) -> int:
        runs.append(n)
        return n if n < 2 else await fibonacci(n - 1) + await fibonacci(n - 2)

    assert inside(lambda: fibonacci(30)) == 832040
    assert sorted(runs) == list(range(31))


def test_a_closed_over_variable_that_has_no_value_yet_is_no_part_of_the_key(inside: Inside) -> None:
    @use_cache
    async def early() -> int:
        return count() if later is None else 0

    with pytest.raises(NameError):
        inside(lambda: early())
    later = None
    assert inside(lambda: early()) == 1


def test_functions_on_one_line_are_told_apart_by_their_constants_and_names(inside: Inside) -> None:
    pair = (use_cache(lambda: ["a", count()]), use_cache(lambda: ["b", count()]))
    named = (use_cache(lambda: [str.upper("x"), count()]), use_cache(lambda: [str.title("xy"), count()]))
    deep = [use_cache(lambda: [(lambda: "a")(), count()]), use_cache(lambda: [(lambda: "b")(), count()])]
    found = inside(lambda: each(*(one() for one in (*pair, *named, *deep, *pair))))
    assert found == [["a", 1], ["b", 2], ["X", 3], ["Xy", 4], ["a", 5], ["b", 6], ["a", 1], ["b", 2]]


def test_equal_code_in_two_modules_is_two_functions(inside: Inside) -> None:
    def module(name: str) -> ModuleType:
        made = ModuleType(name)
        made.__dict__["NAME"] = name
        source = "from byway import use_cache\n@use_cache\nasync def name(): return NAME\n"
        exec(compile(source, "same.py", "exec", dont_inherit=True), vars(made))
        return made

    one, two = module("one"), module("two")
    assert one.name.__wrapped__.__code__ == two.name.__wrapped__.__code__
    assert inside(lambda: each(one.name(), two.name(), one.name())) == ["one", "two", "one"]


def test_a_global_is_no_part_of_the_key(inside: Inside) -> None:
    @use_cache
    async def current() -> Any:
        return switch["value"]

    async def change() -> list[Any]:
        switch["value"] = 1
        first = await current()
        switch["value"] = 2
        return [first, await current()]

    assert inside(change) == [1, 1]


def test_what_can_be_no_part_of_a_key_is_refused_by_its_name(inside: Inside) -> None:
    with pytest.raises(NotCacheable, match=r"^echo\(\): argument 'value' is a Request"):
        inside(lambda: echo(inside.request))
    with pytest.raises(NotCacheable, match=r"^echo\(\): argument 'value'\['x'\]\[0\] is the function count\(\)"):
        inside(lambda: echo({"x": [count]}))

    lock = threading.Lock()

    @use_cache
    async def locked() -> bool:
        return lock.locked()

    with pytest.raises(NotCacheable, match=r"locked\(\): the closed-over variable 'lock' is a lock"):
        inside(lambda: locked())
    assert runs == []


# --- The result -------------------------------------------------------------------------------------------------------


def test_the_next_request_finds_what_the_one_before_has_made(inside: Inside) -> None:
    assert [inside(lambda: echo("x")) for _ in range(3)] == [1, 1, 1]


def test_a_def_runs_in_a_worker_thread_and_becomes_async(inside: Inside) -> None:
    @use_cache
    def where() -> str:
        count()
        return threading.current_thread().name

    name, again = inside(lambda: each(where(), where()))
    assert name.startswith("byway_")
    assert (again, len(runs)) == (name, 1)


def test_what_a_def_returns_is_awaited(inside: Inside) -> None:
    lazy = use_cache(lambda n: asyncio.sleep(0, n + 1))
    assert inside(lambda: lazy(1)) == 2


def test_every_caller_has_a_copy_of_its_own_the_first_one_too(inside: Inside) -> None:
    @use_cache
    async def items() -> list[Any]:
        return switch.setdefault("made", [1, {"a": [2]}])

    async def spoil() -> list[Any]:
        first = await items()
        first[1]["a"].append("spoilt")
        second = await items()
        second.append("spoilt")
        return [switch["made"], await items()]

    assert inside(spoil) == [[1, {"a": [2]}], [1, {"a": [2]}]]


@dataclass
class Item:
    name: str


@dataclass
class Other:
    name: str


async def _item() -> Item:
    count()
    return Item("x")


def test_results_come_back_as_what_they_were(inside: Inside) -> None:
    item = use_cache(_item)
    assert inside(lambda: each(item(), item())) == [Item("x"), Item("x")]
    assert len(runs) == 1


@dataclass
class Cat:
    name: str


@dataclass
class Dog:
    name: str


@pytest.mark.parametrize("is_text", [True, False], ids=["text", "class"])
def test_functions_of_one_factory_may_name_different_classes(inside: Inside, is_text: bool) -> None:
    def loader(kind: Callable[[str], Any]) -> Callable[[str], Awaitable[Any]]:
        async def load(name: str) -> kind:  # type: ignore[valid-type]
            count(name)
            return kind(name)

        if not is_text:
            load.__annotations__["return"] = kind
        return unstable_cache(load, [getattr(kind, "__name__", "")])

    cat, dog = loader(Cat), loader(Dog)
    found = inside(lambda: each(cat("Tom"), dog("Rex"), cat("Tom"), dog("Rex")))
    assert found == [Cat("Tom"), Dog("Rex")] * 2
    assert runs == ["Tom", "Rex"]


def test_what_functions_of_one_factory_keep_is_told_apart_by_the_classes_that_they_name(inside: Inside) -> None:
    def loader(kind: type) -> Callable[[str], Awaitable[Any]]:
        async def load(name: str) -> Any:
            count(name)
            return switch[name](name)

        load.__annotations__["return"] = kind
        return use_cache(load)

    cat, dog = loader(Cat), loader(Dog)

    async def load_both() -> list[Any]:
        switch["Sam"] = Cat
        first = await cat("Sam")
        switch["Sam"] = Dog
        return [first, await dog("Sam"), await cat("Sam"), await dog("Sam")]

    assert inside(load_both) == [Cat("Sam"), Dog("Sam")] * 2
    assert runs == ["Sam", "Sam"]


def test_a_result_that_cannot_be_read_any_more_is_made_anew(inside: Inside) -> None:
    def version(kind: type) -> Callable[[], Awaitable[Any]]:
        module: Any = ModuleType("versions")
        vars(module).update(Kind=kind, count=count)
        exec("async def item() -> Kind:\n    count()\n    return Kind('x')\n", vars(module))
        return unstable_cache(module.item)

    old, new = version(Item), version(Other)
    assert inside(lambda: each(old(), new(), new())) == [Item("x"), Other("x"), Other("x")]
    assert len(runs) == 2


def test_a_result_that_cannot_be_kept_is_refused_by_its_place(inside: Inside) -> None:
    @use_cache
    async def bad() -> Any:
        return {"x": [print]}

    with pytest.raises(NotCacheable, match=r"bad\(\): the returned value\['x'\]\[0\] is a"):
        inside(lambda: bad())


def test_a_buffered_response_is_kept(inside: Inside) -> None:
    @use_cache
    async def answer() -> Response:
        return Response.json({"n": count()}, status=201, headers={"x-a": "1"})

    async def twice() -> list[Any]:
        found = await each(answer(), answer())
        return [[one.status, one.headers.get("x-a"), await one.json()] for one in found]

    assert inside(twice) == [[201, "1", {"n": 1}]] * 2


def test_errors_are_raised_and_not_kept(inside: Inside) -> None:
    @use_cache
    async def fails() -> int:
        if count() == 1:
            raise FetchError("nobody answers")
        return 7

    with pytest.raises(FetchError, match="nobody answers"):
        inside(lambda: fails())
    assert inside(lambda: fails()) == 7


def test_calls_at_the_same_time_are_one_run(inside: Inside) -> None:
    @use_cache
    async def slow() -> int:
        await asyncio.sleep(0.01)
        return count()

    async def together() -> list[int]:
        return list(await asyncio.gather(*(slow() for _ in range(5))))

    assert inside(together) == [1] * 5


def test_a_function_that_waits_for_itself_is_told(inside: Inside) -> None:
    @use_cache
    async def circle(n: int) -> int:
        return await circle(n)

    with pytest.raises(RecursionError, match=r"circle\(\) calls itself with the same arguments, and waits for itself"):
        inside(lambda: circle(1))


# --- What must not happen inside --------------------------------------------------------------------------------------


async def _set_cookie() -> None:
    cookies().set("a", "1")


async def _connect() -> None:
    await connection()


async def _headers() -> None:
    headers()


async def _tag() -> None:
    revalidate_tag("x")


async def _path() -> None:
    revalidate_path("/")


async def _enable() -> None:
    draft_mode().enable()


async def _disable() -> None:
    draft_mode().disable()


REFUSED = [
    (_set_cookie, "cookies()"),
    (_connect, "connection()"),
    (_headers, "headers()"),
    (_tag, "revalidate_tag()"),
    (_path, "revalidate_path()"),
    (_enable, "draft_mode().enable()"),
    (_disable, "draft_mode().disable()"),
]


@pytest.mark.parametrize(("reads", "api"), REFUSED, ids=[api for _, api in REFUSED])
def test_a_cached_function_must_not_read_its_request(
    inside: Inside, reads: Callable[[], Awaitable[None]], api: str
) -> None:
    switch["reads"] = reads

    async def reading() -> None:
        await switch["reads"]()

    for cached, kind in ((use_cache(reading), "use_cache"), (unstable_cache(reading), "unstable_cache")):
        with pytest.raises(RuntimeError) as caught:
            inside(lambda cached=cached: cached())  # type: ignore[misc]
        assert str(caught.value) == (
            f"{api} was called inside {reading.__qualname__}(), which is cached with {kind}: its result is given to "
            "others, so it must not depend on one request. Call it outside, and pass what is needed as an argument."
        )


def test_a_def_must_not_read_its_request_in_its_thread_either(inside: Inside) -> None:
    with pytest.raises(RuntimeError, match=r"^cookies\(\) was called inside .*<lambda>\(\), which is cached"):
        inside(lambda: use_cache(lambda: cookies().get("a"))())


def test_outside_a_request_a_cached_function_says_so() -> None:
    for cached, name in ((use_cache(_item), "_item()"), (unstable_cache(_item), "unstable_cache(_item)")):
        with pytest.raises(RuntimeError) as caught:
            asyncio.run(cached())  # type: ignore[arg-type]
        assert str(caught.value).startswith(f"`{name}` was called outside a request. Call it in a route handler")


@pytest.mark.parametrize("call", [lambda: cache_life("hours"), lambda: cache_tag("a")], ids=["cache_life", "cache_tag"])
def test_what_speaks_of_a_result_belongs_into_a_function_with_use_cache(
    inside: Inside, call: Callable[[], None]
) -> None:
    switch["call"] = call
    pattern = r"^cache_(life|tag)\(\) was called outside a function with @use_cache, about whose result it would speak"

    async def plain() -> None:
        switch["call"]()

    with pytest.raises(RuntimeError, match=pattern):
        call()
    with pytest.raises(RuntimeError, match=pattern):
        inside(plain)
    with pytest.raises(RuntimeError, match=pattern):
        inside(lambda: unstable_cache(plain)())
    assert inside(lambda: use_cache(plain)()) is None


# --- Lifetimes and tags -----------------------------------------------------------------------------------------------


def ages(inside: Inside, function: Callable[[], Awaitable[int]], *seconds: float) -> list[int]:
    """What ``function`` gives after each of ``seconds``; what is made anew meanwhile is waited for."""
    found: list[int] = []
    for pause in seconds:
        inside.client.clock.advance(pause)
        found.append(inside(function))
        inside.client.drain()
    return found


def test_without_cache_life_the_default_profile_counts(inside: Inside) -> None:
    # Stale after a quarter of an hour: served while it is made anew.
    assert ages(inside, lambda: echo(1), 0, 899, 2, 0) == [1, 1, 1, 2]


def test_what_has_expired_is_waited_for(inside: Inside) -> None:
    @use_cache
    async def short() -> int:
        cache_life(revalidate=10, expire=20)
        return count()

    assert ages(inside, lambda: short(), 0, 9, 12, 9, 2) == [1, 1, 2, 2, 2]


def test_of_several_cache_life_calls_the_shortest_times_count(inside: Inside) -> None:
    @use_cache
    async def several() -> int:
        cache_life("max")
        cache_life({"revalidate": 10})
        cache_life("hours")
        return count()

    assert ages(inside, lambda: several(), 0, 9, 2, 0) == [1, 1, 1, 2]


def test_a_result_lives_no_longer_than_what_it_is_made_of(inside: Inside) -> None:
    @use_cache
    async def inner() -> int:
        cache_life(revalidate=10)
        return count()

    @use_cache
    async def outer() -> int:
        cache_life("max")
        return await switch["inner"]()

    switch["inner"] = inner
    assert ages(inside, lambda: outer(), 0, 9, 2, 0) == [1, 1, 1, 2]


def test_a_stale_part_is_made_anew_before_it_is_built_into_a_new_whole(inside: Inside) -> None:
    @use_cache
    async def inner() -> int:
        cache_life(revalidate=10)
        return count()

    @use_cache
    async def outer() -> int:
        return await switch["inner"]()

    switch["inner"] = inner
    assert inside(lambda: inner()) == 1
    inside.client.clock.advance(11)
    assert inside(lambda: outer()) == 2


@pytest.mark.parametrize("time", ["revalidate", "expire"])
def test_a_result_that_lives_no_time_at_all_is_not_kept(inside: Inside, time: str) -> None:
    @use_cache
    async def brief() -> int:
        cache_life({time: 0})
        return count()

    assert inside(lambda: each(brief(), brief())) == [1, 2]


def test_a_tag_reaches_its_result_and_whatever_is_made_of_it(inside: Inside) -> None:
    @use_cache
    async def inner(name: str) -> int:
        cache_tag("all", f"inner:{name}")
        return count()

    @use_cache
    async def outer(name: str) -> list[int]:
        return [await switch["inner"](name), count()]

    switch["inner"] = inner

    async def invalidated(tag: str) -> list[Any]:
        before = await each(outer("a"), outer("b"))
        revalidate_tag(tag)
        after = await each(outer("a"), outer("b"))
        return [new == old for old, new in zip(before, after, strict=True)]

    assert inside(lambda: invalidated("inner:a")) == [False, True]
    assert inside(lambda: invalidated("all")) == [False, False]
    assert inside(lambda: invalidated("unknown")) == [True, True]


def test_an_outer_tag_does_not_reach_what_is_inside(inside: Inside) -> None:
    @use_cache
    async def inner() -> int:
        return count()

    @use_cache
    async def outer() -> list[int]:
        cache_tag("outer")
        return [await switch["inner"](), count()]

    switch["inner"] = inner

    async def invalidated() -> list[Any]:
        before = await outer()
        revalidate_tag("outer")
        return [before, await outer()]

    assert inside(invalidated) == [[1, 2], [1, 3]]


def test_revalidate_path_reaches_what_the_route_s_code_has_cached(inside: Inside) -> None:
    async def invalidated(path: str) -> bool:
        before = await echo(path)
        revalidate_path(path)
        return await echo(path) != before

    assert [inside(lambda path=path: invalidated(path)) for path in ("/", "/other")] == [True, False]  # type: ignore[misc]


def test_tags_beyond_the_limits_are_left_out_and_logged(inside: Inside, caplog: pytest.LogCaptureFixture) -> None:
    @use_cache
    async def tagged() -> int:
        cache_tag(*(f"tag{number}" for number in range(127)))
        cache_tag("tag0", "x" * 257, "last", "too many")
        return count()

    with caplog.at_level(logging.WARNING, "byway.cache"):
        inside(lambda: tagged())
    where = f"cache_tag() in {tagged.__qualname__}()"
    assert [record.getMessage() for record in caplog.records] == [
        f"{where}: the tag {'x' * 257!r:.60}…' has 257 characters, at most 256 are allowed; it is left out.",
        f"{where}: the tag 'too many' is one too many, a value may have 128 tags; it is left out.",
    ]

    async def invalidated(tag: str) -> int:
        revalidate_tag(tag)
        return await tagged()

    assert [inside(lambda tag=tag: invalidated(tag)) for tag in ("too many", "last")] == [1, 2]  # type: ignore[misc]


# --- Markup -----------------------------------------------------------------------------------------------------------


@use_cache
async def card(title: str, children: object = None, side: object = None) -> Any:
    return div[title, str(count()), children, side]


async def html(*calls: Awaitable[Any]) -> list[str]:
    return [str(await call) for call in calls]


def test_children_pass_through_and_are_no_part_of_the_key(inside: Inside) -> None:
    calls = lambda: html(card("a", children=p["x"]), card("a", p["y & z"]), card("a", children="<z>"))  # noqa: E731
    assert inside(calls) == [
        "<div>a1<p>x</p></div>",
        "<div>a1<p>y &amp; z</p></div>",
        "<div>a1&lt;z&gt;</div>",
    ]


def test_with_and_without_markup_are_two_calls(inside: Inside) -> None:
    calls = lambda: html(card("a"), card("a", p["x"]), card("a", None), card("a", p["x"], side=p["y"]))  # noqa: E731
    assert inside(calls) == ["<div>a1</div>", "<div>a2<p>x</p></div>", "<div>a1</div>", "<div>a3<p>x</p><p>y</p></div>"]


def test_any_markup_passes_through_and_may_read_the_request(inside: Inside) -> None:
    @use_cache
    async def frame(body: object) -> Any:
        return {"parts": [div[body], count()]}

    async def call() -> Any:
        return await frame(p[lambda: headers().get("x-name")])

    for name in ("one", "two"):
        found = inside(call, headers={"x-name": name})
        assert found == {"parts": [f"<div><p>{name}</p></div>", 1]}


def test_markup_within_a_str_is_refused(inside: Inside) -> None:
    @use_cache
    async def bad(children: object) -> str:
        return f"<div>{children}</div>"

    with pytest.raises(NotCacheable, match=r"bad\(\): it put markup into a str, where it would be escaped or lost"):
        inside(lambda: bad(p["x"]))


def test_markup_within_an_argument_is_refused(inside: Inside) -> None:
    with pytest.raises(NotCacheable, match=r"echo\(\): argument 'value'\[0\]"):
        inside(lambda: echo([p["x"]]))


def test_children_that_render_later_are_a_part_of_the_result(inside: Inside) -> None:
    @use_cache
    async def inner() -> str:
        cache_tag("inner")
        cache_life(revalidate=10)
        return f"inner {count()}"

    @use_cache
    async def box() -> Any:
        async def late() -> Any:
            cache_tag("late")
            return await switch["inner"]()

        return div[late()]

    switch["inner"] = inner

    async def invalidated(tag: str) -> list[str]:
        before = str(await box())
        revalidate_tag(tag)
        return [before, str(await box())]

    assert inside(lambda: invalidated("unknown")) == ["<div>inner 1</div>"] * 2
    assert inside(lambda: invalidated("inner")) == ["<div>inner 1</div>", "<div>inner 2</div>"]
    assert inside(lambda: invalidated("late")) == ["<div>inner 2</div>"] * 2
    inside.client.clock.advance(11)
    inside(lambda: box())
    inside.client.drain()
    assert inside(lambda: html(box())) == ["<div>inner 3</div>"]


@pytest.mark.parametrize(
    "child", [lambda: lambda: cookies().get("a"), lambda: _headers()], ids=["function", "awaitable"]
)
def test_a_child_that_renders_later_must_not_read_the_request_either(inside: Inside, child: Any) -> None:
    switch["child"] = child

    @use_cache
    async def box() -> Any:
        return div[switch["child"]()]

    with pytest.raises(RuntimeError, match=r"^(cookies|headers)\(\) was called inside .*box\(\), which is cached"):
        inside(lambda: box())


# --- Draft mode -------------------------------------------------------------------------------------------------------


def draft(inside: Inside) -> dict[str, str]:
    """The headers of a request in draft mode."""

    async def enable() -> None:
        draft_mode().enable()

    inside(enable)
    value = inside.client.cookies[DRAFT_COOKIE]
    inside.client.cookies.clear()
    return {"cookie": f"{DRAFT_COOKIE}={value}"}


@pytest.mark.parametrize("cached", [use_cache, unstable_cache])
def test_in_draft_mode_nothing_is_read_from_the_cache_and_nothing_is_kept(inside: Inside, cached: Any) -> None:
    async def item() -> int:
        return count(draft_mode().is_enabled)

    kept = cached(item)
    sent = draft(inside)
    assert inside(lambda: each(kept(), kept()), headers=sent) == [1, 2]
    assert inside(lambda: each(kept(), kept())) == [3, 3]
    assert inside(lambda: kept(), headers=sent) == 4
    assert runs == [True, True, False, True]


def test_in_draft_mode_a_cached_function_is_refused_what_it_is_refused_otherwise(inside: Inside) -> None:
    with pytest.raises(RuntimeError, match=r"headers\(\) was called inside _headers\(\), which is cached"):
        inside(lambda: use_cache(_headers)(), headers=draft(inside))


def test_draft_mode_that_was_just_enabled_is_in_force(inside: Inside) -> None:
    async def enabled() -> list[int]:
        before = await each(echo(1), echo(1))
        draft_mode().enable()
        return before + await each(echo(1), echo(1))

    assert inside(enabled) == [1, 1, 2, 3]


# --- Decorating -------------------------------------------------------------------------------------------------------


def test_the_decorated_function_is_known_by_the_names_of_its_own() -> None:
    assert (echo.__name__, echo.__module__, echo.__wrapped__.__name__) == ("echo", __name__, "echo")  # type: ignore[attr-defined]
    assert inspect.iscoroutinefunction(use_cache(lambda: 1))


def test_a_method_is_told_apart_by_its_own_arguments_and_needs_a_self_that_fits(inside: Inside) -> None:
    @dataclass(frozen=True)
    class Shop:
        name: str

        @use_cache
        async def items(self, page: int) -> list[Any]:
            return [self.name, page, count()]

    one, two = Shop("one"), Shop("two")
    calls = lambda: each(one.items(1), two.items(1), one.items(2), Shop("one").items(1))  # noqa: E731
    assert inside(calls) == [["one", 1, 1], ["two", 1, 2], ["one", 2, 3], ["one", 1, 1]]


@pytest.mark.parametrize("value", [1, "x", len, int, object()])
def test_only_functions_can_be_cached(value: Any) -> None:
    kind = type(value).__name__
    with pytest.raises(TypeError) as caught:
        use_cache(value)
    assert str(caught.value) == f"use_cache takes a function, not {kind}: put it above a `def`."
    with pytest.raises(TypeError) as caught:
        unstable_cache(value)
    assert str(caught.value) == f"unstable_cache takes a function, not {kind}."


def test_a_handler_cannot_be_cached() -> None:
    async def GET() -> None: ...

    GET.__qualname__ = "GET"
    with pytest.raises(TypeError) as caught:
        use_cache(GET)
    assert str(caught.value) == (
        "use_cache: GET is a handler, whose answer depends on its request. Cache a function that it calls, or its "
        'whole answer: dynamic = "force-static", or revalidate = 60.'
    )


def test_generators_cannot_be_cached() -> None:
    def rows() -> Any:
        yield 1

    async def lines() -> Any:
        yield 1

    for one in (rows, lines):
        with pytest.raises(TypeError) as caught:
            use_cache(one)
        assert str(caught.value) == f"use_cache: {one.__qualname__}() is a generator; return a list of what it yields."


# --- Routes that are made ahead ---------------------------------------------------------------------------------------


def test_in_development_a_hard_reload_goes_past_what_is_kept(tmp_path: Path) -> None:
    source = route("""
        from byway import use_cache
        n = 0
        @use_cache
        async def number():
            global n
            n += 1
            return n
        async def GET(): return Response.json(await number())
    """)

    async def numbers(app: Application, *headers: tuple[str, str]) -> list[str]:
        return [(await call(app, headers=headers)).text for _ in range(2)]

    for mode, hard in (("development", ["2", "3"]), ("production", ["1", "1"])):
        with loaded(write_app(tmp_path / mode, {"app/route.py": source}), mode) as app:

            async def ask(app: Application = app) -> list[str]:
                return await numbers(app) + await numbers(app, ("cache-control", "no-cache")) + await numbers(app)

            assert asyncio.run(ask()) == ["1", "1", *hard, hard[-1], hard[-1]]


def test_a_short_lived_function_makes_its_route_dynamic(tmp_path: Path) -> None:
    source = route("""
        from byway import cache_life, use_cache
        dynamic = "{dynamic}"
        revalidate = False
        runs = []

        @use_cache
        async def short():
            cache_life(revalidate=10, expire=299)
            runs.append(1)
            return len(runs)

        async def GET(): return Response(str(await short()))
    """)
    files = {f"app/{name}/route.py": source.replace("{dynamic}", name) for name in ("auto", "force-static")}
    with Client(write_app(tmp_path, files)) as client:
        assert "x-byway-cache" not in client.get("/auto").headers
        assert client.get("/force-static").headers["x-byway-cache"] == "HIT"


# --- unstable_cache ---------------------------------------------------------------------------------------------------


async def number(n: int = 0) -> int:
    return count(n)


def test_unstable_cache_keeps_results_for_ever_unless_told_otherwise(inside: Inside) -> None:
    for kept in (unstable_cache(number, ["a"]), unstable_cache(number, ["b"], revalidate=False)):
        first = inside(lambda kept=kept: kept(1))  # type: ignore[misc]
        assert ages(inside, lambda kept=kept: kept(1), 10**9, 0) == [first, first]  # type: ignore[misc]


def test_unstable_cache_s_key_is_code_key_parts_and_arguments(inside: Inside) -> None:
    a, b, ab, none = (unstable_cache(number, parts) for parts in (["a"], ["b"], ["a", "b"], None))
    other = unstable_cache(lambda n: [count(n)])
    calls = lambda: each(a(1), b(1), ab(1), none(1), none(2), none(n=1), none(), none(0), a(1), other(1))  # noqa: E731
    assert inside(calls) == [1, 2, 3, 4, 5, 4, 6, 6, 1, [7]]


def test_unstable_cache_does_not_look_at_what_is_closed_over(inside: Inside) -> None:
    def make(value: int) -> Callable[[], Awaitable[int]]:
        return unstable_cache(lambda: asyncio.sleep(0, value))

    assert inside(lambda: each(make(1)(), make(2)())) == [1, 1]


def test_unstable_cache_is_revalidated_by_time_and_by_its_tags(inside: Inside) -> None:
    kept = unstable_cache(number, tags=["numbers"], revalidate=10)
    assert ages(inside, lambda: kept(), 0, 9, 2, 0) == [1, 1, 1, 2]

    async def invalidated() -> int:
        revalidate_tag("numbers")
        return await kept()

    assert inside(invalidated) == 3


def test_unstable_cache_in_unstable_cache_runs_and_in_use_cache_is_kept(inside: Inside) -> None:
    switch["inner"] = unstable_cache(number)

    async def outer(n: int) -> int:
        return await switch["inner"]()

    bypassing, keeping = unstable_cache(outer), use_cache(outer)
    assert inside(lambda: each(bypassing(1), bypassing(2), keeping(1), keeping(2), bypassing(1))) == [1, 2, 3, 3, 1]


def test_unstable_cache_s_tags_and_times_go_into_what_is_made_of_it(inside: Inside) -> None:
    switch["inner"] = unstable_cache(number, tags=["numbers"], revalidate=10)

    @use_cache
    async def outer() -> int:
        return await switch["inner"]()

    assert ages(inside, lambda: outer(), 0, 9, 2, 0) == [1, 1, 1, 2]

    async def invalidated() -> int:
        revalidate_tag("numbers")
        return await outer()

    assert inside(invalidated) == 3


def test_force_no_store_bypasses_unstable_cache_but_not_use_cache(inside: Inside) -> None:
    kept = unstable_cache(number)
    assert inside(lambda: each(kept(), kept(), echo(1), echo(1)), "/never") == [1, 2, 3, 3]


@pytest.mark.parametrize("seconds", [0, 0.0, -1, True, "60", float("nan")])
def test_unstable_cache_refuses_a_revalidate_that_makes_no_sense(seconds: Any) -> None:
    with pytest.raises(ValueError) as caught:
        unstable_cache(number, revalidate=seconds)
    assert str(caught.value) == (
        f"unstable_cache(number): revalidate={seconds!r}. Write seconds above 0, or False to keep it for ever."
    )


def test_unstable_cache_refuses_a_str_for_a_list() -> None:
    with pytest.raises(TypeError, match=r"key_parts='abc' is a str, but key_parts is a list: write \['abc'\]\."):
        unstable_cache(number, "abc")
    with pytest.raises(TypeError, match=r"tags='abc' is a single tag, but tags is a list: write tags=\['abc'\]\."):
        unstable_cache(number, tags="abc")


def test_unstable_cache_leaves_out_tags_that_cannot_be_and_logs_them(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "byway.cache"):
        unstable_cache(number, tags=["x" * 257])
    assert "unstable_cache(number): the tag" in caplog.text


_IDENTITY = """
import asyncio, sys
from pathlib import Path
from byway import unstable_cache
from byway.runtime.loading import load_app
from byway.runtime.static_request import StaticRequest
from byway.runtime.work import Work, current

async def members(kind):
    check = lambda one: one in {"a", "b", "c", "d", ("x", 1), b"y", None, 1.5}
    return check(kind)

keys = []

async def main():
    app = load_app(Path(sys.argv[1]), "test")
    app.cache.seed = keys.append
    current.set(Work(app, StaticRequest("GET", "/", lambda _: None)))
    await unstable_cache(members, ["k"])("a")
    app.threads.close()

asyncio.run(main())
print(keys[0])
"""


def test_unstable_cache_finds_its_results_in_another_process(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/route.py": route("async def GET(): return Response('x')")})

    def key(seed: str) -> str:
        command = [sys.executable, "-c", _IDENTITY, str(tmp_path)]
        done = subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True, timeout=30
        )
        return done.stdout.strip()

    assert key("1").startswith("data:")
    assert key("1") == key("2") == key("3")


# --- unstable_no_store ------------------------------------------------------------------------------------------------


def test_unstable_no_store_does_nothing_in_a_cached_function(inside: Inside) -> None:
    @use_cache
    async def item() -> int:
        unstable_no_store()
        return count()

    assert inside(lambda: each(item(), item())) == [1, 1]


def test_unstable_no_store_makes_its_route_dynamic_and_needs_a_request(tmp_path: Path) -> None:
    files = {
        "app/route.py": route("""
            from byway import unstable_no_store
            revalidate = 60
            async def GET():
                unstable_no_store()
                return Response("x")
        """)
    }
    with Client(write_app(tmp_path, files)) as client:
        assert "x-byway-cache" not in client.get("/").headers
    with pytest.raises(RuntimeError, match=r"^`unstable_no_store\(\)` was called outside a request"):
        unstable_no_store()
