"""Invalidating: who sees it from when on, how soon what is tagged expires, and where it is refused."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from byway import URL, after
from byway.cache import cache_life, cache_tag, refresh, revalidate_path, revalidate_tag, update_tag, use_cache
from byway.testing import Client

from ..support import route, write_app
from .conftest import Inside

runs: list[int] = []


@pytest.fixture(autouse=True)
def _forget() -> None:
    runs.clear()


@use_cache
async def item() -> int:
    cache_tag("item")
    cache_life("max")
    runs.append(1)
    return len(runs)


async def invalidate(*arguments: Any) -> None:
    revalidate_tag("item", *arguments)


def value(inside: Inside) -> int:
    """What another request finds, once everything that was under way is done."""
    inside.client.drain()
    return inside(lambda: item())


# --- Who sees it ------------------------------------------------------------------------------------------------------


def test_later_reads_of_the_same_request_see_it_and_so_does_the_next_request(inside: Inside) -> None:
    async def read_and_invalidate() -> list[int]:
        found = [await item(), await item()]
        revalidate_tag("item")
        return [*found, await item(), await item()]

    assert inside(read_and_invalidate) == [1, 1, 2, 2]
    assert value(inside) == 2
    inside(invalidate)
    assert value(inside) == 3


def test_it_is_in_force_when_the_answer_begins(tmp_path: Path) -> None:
    source = route("""
        from byway import cache_tag, revalidate_tag, use_cache
        n = 0

        @use_cache
        async def item():
            global n
            n += 1
            cache_tag("item")
            return n

        async def GET(): return Response(str(await item()))

        def POST():
            async def chunks():
                yield "begun"
                await asyncio.sleep(60)
            revalidate_tag("item")
            return Response(chunks())
    """)
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        assert client.get("/").text == "1"
        with client.stream("POST", "/") as answer:
            assert next(answer.iter_bytes()) == b"begun"
            assert client.get("/").text == "2"


def test_a_handler_that_raises_has_invalidated_all_the_same(tmp_path: Path) -> None:
    source = route("""
        from byway import cache_tag, revalidate_tag, use_cache
        n = 0

        @use_cache
        async def item():
            global n
            n += 1
            cache_tag("item")
            return n

        async def GET(): return Response(str(await item()))

        async def POST(request):
            revalidate_tag("item")
            match await request.text():
                case "raise": raise ValueError
                case "redirect": redirect("/")
                case "not_found": not_found()
    """)
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        assert client.get("/").text == "1"
        for number, (how, status) in enumerate([("raise", 500), ("redirect", 303), ("not_found", 404)], 2):
            assert client.post("/", content=how, headers={"content-type": "text/plain"}).status_code in (status, 307)
            assert client.get("/").text == str(number)


@pytest.mark.parametrize("kind", ["async", "thread"])
def test_it_works_in_after(inside: Inside, kind: str) -> None:
    async def later() -> None:
        after(invalidate if kind == "async" else lambda: revalidate_tag("item"))

    assert inside(lambda: item()) == 1
    inside(later)
    assert value(inside) == 2


def test_it_works_in_a_stream(tmp_path: Path) -> None:
    source = route("""
        from byway import cache_tag, revalidate_tag, use_cache
        n = 0

        @use_cache
        async def item():
            global n
            n += 1
            cache_tag("item")
            return n

        async def GET():
            async def chunks():
                yield f"{await item()} "
                revalidate_tag("item")
                yield f"{await item()} "
                revalidate_tag("item")
            return Response(chunks())
    """)
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        assert client.get("/").text == "1 2 "
        client.drain()
        assert client.get("/").text == "3 4 "


def test_it_works_in_a_task_and_in_a_thread_that_outlive_their_request(inside: Inside) -> None:
    go = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []
    threads: list[threading.Thread] = []
    leave = threading.Event()

    async def outlive() -> None:
        async def task() -> None:
            await go.wait()
            revalidate_tag("item")

        tasks.append(asyncio.create_task(task()))

    async def release() -> None:
        go.set()
        await tasks[0]

    async def in_thread() -> None:
        context = contextvars.copy_context()

        def run() -> None:
            leave.wait(5)
            context.run(revalidate_tag, "item")

        threads.append(threading.Thread(target=run))
        threads[0].start()

    assert inside(lambda: item()) == 1
    inside(outlive)
    assert value(inside) == 1
    inside(release)
    assert value(inside) == 2
    inside(in_thread)
    leave.set()
    threads[0].join()
    assert value(inside) == 3


def test_it_works_in_a_worker_thread(inside: Inside) -> None:
    assert inside(lambda: item()) == 1
    inside(lambda: asyncio.to_thread(revalidate_tag, "item"))
    assert value(inside) == 2


# --- How soon it expires ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [(), (None,), ({"expire": 0},)])
def test_without_a_profile_it_expires_at_once(inside: Inside, arguments: tuple[Any, ...]) -> None:
    assert inside(lambda: item()) == 1
    inside(lambda: invalidate(*arguments))
    assert inside(lambda: item()) == 2


@pytest.mark.parametrize("profile", ["max", "seconds", {"expire": 60}, {"expire": float("inf")}])
def test_with_a_profile_it_is_served_stale_while_it_is_made_anew(inside: Inside, profile: Any) -> None:
    assert inside(lambda: item()) == 1
    inside(lambda: invalidate(profile))
    assert inside(lambda: item()) == 1
    assert value(inside) == 2


def test_beyond_the_profile_s_expire_it_is_not_served_any_more(inside: Inside) -> None:
    assert inside(lambda: item()) == 1
    inside(lambda: invalidate("seconds"))
    inside.client.clock.advance(61)
    assert inside(lambda: item()) == 2


def test_of_two_invalidations_the_one_that_expires_first_counts(inside: Inside) -> None:
    async def both() -> None:
        revalidate_tag("item", "max")
        revalidate_tag("item")
        revalidate_tag("item", "max")

    assert inside(lambda: item()) == 1
    inside(both)
    assert inside(lambda: item()) == 2


def test_a_path_may_be_a_url_and_its_query_does_not_count(inside: Inside) -> None:
    async def by_url() -> None:
        revalidate_path(URL("http://testserver/?a=1"))

    assert inside(lambda: item()) == 1
    inside(by_url)
    assert value(inside) == 2


@pytest.mark.parametrize(("path", "type", "reaches"), [("/", None, True), ("/", "layout", True), ("/", "page", False)])
def test_a_path_reaches_what_a_handler_has_cached_but_as_a_page(
    inside: Inside, path: str, type: Any, reaches: bool
) -> None:
    async def by_path() -> None:
        revalidate_path(path, type)

    assert inside(lambda: item()) == 1
    inside(by_path)
    assert value(inside) == (2 if reaches else 1)


@pytest.mark.parametrize("path", ["/items", "/docs/items", "/docs/items/"])
def test_a_path_may_have_the_base_path_before_it(tmp_path: Path, path: str) -> None:
    app = {
        "byway_config.py": "from byway import Config\nconfig = Config(base_path='/docs')\n",
        "app/items/route.py": route(f"""
            from byway import revalidate_path
            revalidate = 3600
            runs = []
            async def GET():
                runs.append(1)
                return Response(str(len(runs)))
            async def POST():
                revalidate_path({path!r})
                return Response("done")
        """),
    }
    with Client(write_app(tmp_path, app)) as client:
        assert [client.get("/docs/items").text for _ in range(2)] == ["1", "1"]
        client.post("/docs/items")
        assert client.get("/docs/items").text == "2"


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [{}, {"revalidate": 1}, {"expire": 1, "stale": 1}, {"expire": True}])
def test_a_profile_that_makes_no_sense_is_refused(inside: Inside, profile: Any) -> None:
    with pytest.raises(ValueError) as caught:
        inside(lambda: invalidate(profile))
    assert str(caught.value) == (
        f'revalidate_tag(…, {profile!r}): write {{"expire": seconds}}, with 0 or more, or a profile\'s name.'
    )


@pytest.mark.parametrize("seconds", [-1, float("nan"), "60", None])
def test_an_expire_that_is_no_time_is_refused(inside: Inside, seconds: Any) -> None:
    with pytest.raises(ValueError, match="with 0 or more, or a profile's name"):
        inside(lambda: invalidate({"expire": seconds}))


def test_an_unknown_profile_is_refused(inside: Inside) -> None:
    with pytest.raises(ValueError) as caught:
        inside(lambda: invalidate("maximal"))
    assert str(caught.value) == (
        "revalidate_tag(…, 'maximal'): there is no such profile. The profiles are: default, seconds, minutes, hours, "
        "days, weeks, max; Config(cache_life={'maximal': {…}}) adds one."
    )


@pytest.mark.parametrize("tag", [None, 1, ["item"], b"item"])
def test_a_tag_is_a_str(inside: Inside, tag: Any) -> None:
    async def by_tag() -> None:
        revalidate_tag(tag)

    with pytest.raises(TypeError) as caught:
        inside(by_tag)
    assert str(caught.value) == f"revalidate_tag({tag!r}): a tag is a str. Call it once for each tag."


def test_what_can_reach_nothing_is_logged(inside: Inside, caplog: pytest.LogCaptureFixture) -> None:
    async def nothing() -> None:
        revalidate_path("items")
        revalidate_path("/[id]")
        revalidate_tag("x" * 257)

    with caplog.at_level(logging.WARNING, "byway.cache"):
        inside(nothing)
    first, second, third = (record.getMessage() for record in caplog.records)
    assert first == "revalidate_path('items') reaches nothing: a path begins with \"/\"."
    assert second.startswith("revalidate_path('/[id]') reaches nothing: a path with a dynamic segment needs a type")
    assert third.startswith("revalidate_tag(): the tag 'xxx")


def test_an_unknown_type_of_path_is_refused(inside: Inside) -> None:
    async def by_path() -> None:
        revalidate_path("/", "route")  # type: ignore[arg-type]

    with pytest.raises(ValueError, match=r"revalidate_path\('/', 'route'\): the type is"):
        inside(by_path)


@pytest.mark.parametrize(
    ("call", "name"),
    [(lambda: revalidate_tag("a"), "revalidate_tag()"), (lambda: revalidate_path("/"), "revalidate_path()")],
)
def test_outside_a_request_nothing_can_be_invalidated(call: Callable[[], None], name: str) -> None:
    with pytest.raises(RuntimeError) as caught:
        call()
    assert str(caught.value).startswith(f"`{name}` was called outside a request. Call it in a route handler")


async def _update() -> None:
    update_tag("item")


async def _refresh() -> None:
    refresh()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            _update,
            "update_tag('item') belongs to server actions: they show the page anew to whoever has changed something. "
            "Elsewhere write revalidate_tag('item'), or revalidate_tag('item', \"max\") to serve the old value "
            "meanwhile.",
        ),
        (
            _refresh,
            "refresh() belongs to server actions: it tells the browser that called one to fetch its page anew. A "
            "handler has no page; to invalidate what is cached, write revalidate_path() or revalidate_tag().",
        ),
    ],
)
def test_what_belongs_to_server_actions_is_refused_in_handlers(
    inside: Inside, call: Callable[[], Awaitable[None]], message: str
) -> None:
    with pytest.raises(RuntimeError) as caught:
        inside(call)
    assert str(caught.value) == message


PAGE = {
    "app/layout.py": "from htpy import body, html\ndef layout(children): return html[body[children]]\n",
    "app/page.py": """\
        from byway import after, cache_tag, revalidate_tag, use_cache
        n = 0

        @use_cache
        async def item():
            global n
            n += 1
            cache_tag("item")
            return n

        async def page(search_params):
            when = (await search_params).get("when")
            if when == "now":
                try:
                    revalidate_tag("item")
                except RuntimeError as error:
                    return str(error)
            if when == "later":
                after(lambda: revalidate_tag("item"))
            return str(await item())
    """,
}


def test_a_page_must_not_invalidate_while_it_renders(tmp_path: Path) -> None:
    with Client(write_app(tmp_path, PAGE)) as client:
        assert (
            "revalidate_tag() was called while GET / renders, which must not change anything: call it in a route "
            "handler or in after()."
        ) in client.get("/?when=now").text


def test_a_page_may_invalidate_in_after(tmp_path: Path) -> None:
    with Client(write_app(tmp_path, PAGE)) as client:
        assert "<body>1<" in client.get("/?when=later").text
        client.drain()
        assert "<body>2<" in client.get("/").text


@pytest.mark.parametrize("call", ["revalidate_tag('a')", "revalidate_path('/')"])
def test_a_route_that_invalidates_is_not_made_ahead(tmp_path: Path, call: str) -> None:
    source = f"revalidate = 60\nfrom byway import revalidate_path, revalidate_tag\nasync def GET():\n    {call}\n"
    with Client(write_app(tmp_path, {"app/route.py": route(source + "    return Response('x')\n")})) as client:
        assert "x-byway-cache" not in client.get("/").headers
