"""`after()`: it begins once the answer is sent, whatever became of that, and disturbs nobody."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import byway
from byway.testing import Client

from ..support import Peer, call, loaded, make_scope, route, write_app

APP = {
    "lib/log.py": """
        import threading

        lines = []
        release = threading.Event()
    """,
    "app/log/route.py": route("""
        from lib.log import lines, release

        def GET():
            found = lines.copy()
            lines.clear()
            return Response.json(found)
    """),
    "app/end/[how]/route.py": route("""
        from lib.log import lines

        async def GET(request: Request, ctx: RouteContext):
            after(lambda: lines.append("after " + ctx.params["how"]))
            match ctx.params["how"]:
                case "redirect": redirect("/")
                case "missing": not_found()
                case "error": raise ValueError
                case "none": return None
                case "body": await request.json()
            return Response("x")

        POST = GET
    """),
    "app/kinds/route.py": route("""
        import functools
        from lib.log import lines

        async def coroutine(name): lines.append(name)
        def on_thread(): lines.append(threading.current_thread().name.partition("_")[0])

        class Callable:
            async def __call__(self): lines.append("object")

        async def GET():
            after(on_thread)
            after(coroutine("coroutine"))
            after(functools.partial(coroutine, "partial"))
            after(lambda: coroutine("lambda"))
            after(Callable())
            task = asyncio.create_task(coroutine("task"))
            after(task)
            future = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.01, future.set_result, None)
            future.add_done_callback(lambda _: lines.append("future"))
            after(future)
            return Response("x")

        def POST():
            after(on_thread)
            after(coroutine("from a thread"))
            byway.run(from_loop())
            return Response("x")

        async def from_loop():
            after(coroutine("from run"))
    """),
    "app/wrong/route.py": route("""
        async def GET():
            try:
                after(VALUE)
            except TypeError as error:
                return Response(str(error))
        VALUE = 1
    """),
    "app/nested/route.py": route("""
        from lib.log import lines

        async def GET():
            async def second():
                lines.append("second")
                after(lambda: lines.append("third"))
            def first():
                lines.append("first")
                after(second)
            after(first)
            return Response("x")
    """),
    "app/reads/route.py": route("""
        from lib.log import lines

        async def POST(request: Request):
            cookies().set("own", "2")
            async def work():
                lines.append([cookies().get("sent").value, cookies().get("own").value, (await headers())["x-a"]])
                for change in (lambda: cookies().set("b", "1"), lambda: cookies().delete("b"), cookies().clear):
                    try:
                        change()
                    except RuntimeError as error:
                        lines.append(str(error))
            after(work)
            after(lambda: lines.append("def " + cookies().get("sent").value))
            return Response("x")

        async def GET():
            async def work():
                try:
                    cookies().set("b", "1")
                except RuntimeError:
                    lines.append("first use of cookies refused as well")
            after(work)
            return Response("x")
    """),
    "app/fails/route.py": route("""
        from lib.log import lines

        async def fail(): raise ValueError("in after")
        async def leave(): not_found()

        async def GET():
            after(fail)
            after(leave)
            after(lambda: 1 / 0)
            after(lambda: next(iter([])))
            async def good():
                lines.append("good")
                after(lambda: lines.append("nested"))
            after(good)
            return Response("fine")

        async def POST():
            task = asyncio.create_task(asyncio.sleep(5))
            after(task)
            async def good():
                await asyncio.sleep(0.01)
                lines.append("good")
                after(lambda: lines.append("nested"))
            after(good)
            task.cancel()
            return Response("fine")
    """),
    "app/limited/route.py": route("""
        from lib.log import lines
        max_duration = 0.05

        async def GET():
            async def slow():
                try:
                    await asyncio.sleep(5)
                finally:
                    lines.append("stopped")
            after(slow)
            return Response("x")
    """),
    "app/order/route.py": route("""
        from lib.log import lines

        async def GET():
            async def stream():
                after(lambda: lines.append("after"))
                yield "a"
                lines.append("streamed")
                yield "b"
            return Response(stream())
    """),
    "app/blocked/route.py": route("""
        from lib.log import lines, release

        async def GET():
            async def work():
                await asyncio.to_thread(release.wait, 2)
                lines.append("done")
            after(work)
            return Response("x")

        async def POST():
            after(asyncio.sleep(5))
            return Response("x")
    """),
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(tmp_path, APP)


@pytest.fixture
def client(app: Path) -> Iterator[Client]:
    with Client(app) as client:
        yield client


def log_of(client: Client) -> list[Any]:
    client.drain()
    found: list[Any] = client.get("/log").json()
    return found


@pytest.mark.parametrize("how", ["response", "redirect", "missing", "error", "none"])
def test_it_runs_however_the_handler_ends(client: Client, how: str) -> None:
    client.get(f"/end/{how}")
    assert log_of(client) == [f"after {how}"]


def test_it_runs_when_the_body_was_refused(client: Client) -> None:
    assert client.post("/end/body", content=b"{").status_code == 400
    assert log_of(client) == ["after body"]


def test_it_takes_callables_coroutines_tasks_and_futures(client: Client) -> None:
    client.get("/kinds")
    assert sorted(log_of(client)) == ["byway", "coroutine", "future", "lambda", "object", "partial", "task"]


def test_it_may_be_called_in_a_def_handler_and_in_what_that_runs(client: Client) -> None:
    client.post("/kinds")
    assert sorted(log_of(client)) == ["byway", "from a thread", "from run"]


def test_anything_else_is_a_type_error(client: Client) -> None:
    assert client.get("/wrong").text == "after() takes a callable or an awaitable, not int."


def test_outside_a_request_it_says_where_it_belongs() -> None:
    with pytest.raises(RuntimeError, match=r"`after\(\)` was called outside a request\."):
        byway.after(print)


def test_it_may_be_nested(client: Client) -> None:
    client.get("/nested")
    assert log_of(client) == ["first", "second", "third"]


def test_it_reads_cookies_and_headers_but_cannot_set_cookies(client: Client) -> None:
    client.post("/reads", headers={"cookie": "sent=1", "x-a": "3"})
    lines = log_of(client)
    refused = "Cookies cannot be set once the answer has begun, as in after() or in a stream: set them in the handler."
    assert sorted(map(str, lines)) == sorted([str(["1", "2", "3"]), refused, refused, refused, "def 1"])


def test_cookies_first_asked_for_in_it_cannot_be_set_either(client: Client) -> None:
    client.get("/reads")
    assert log_of(client) == ["first use of cookies refused as well"]


def test_what_it_raises_is_logged_and_disturbs_nobody(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/fails").text == "fine"
    assert log_of(client) == ["good", "nested"]
    errors = [record for record in caplog.records if record.name == "byway.after"]
    assert [record.levelno for record in errors] == [logging.ERROR] * 4
    assert all(record.getMessage().startswith("after() of GET /fails failed (request ") for record in errors)
    assert {type(record.exc_info[1]).__name__ for record in errors if record.exc_info} == {
        "ValueError",
        "HTTPInterrupt",
        "ZeroDivisionError",
        "RuntimeError",
    }


def test_a_task_that_was_cancelled_disturbs_nobody(client: Client) -> None:
    assert client.post("/fails").text == "fine"
    assert log_of(client) == ["good", "nested"]


def test_it_may_take_as_long_as_max_duration(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/limited")
    assert log_of(client) == ["stopped"]
    assert "after() of GET /limited took longer than max_duration = 0.05 seconds and was stopped." in caplog.text


def test_it_begins_after_the_last_chunk_of_a_stream(client: Client) -> None:
    assert client.get("/order").text == "ab"
    assert log_of(client) == ["streamed", "after"]


def test_the_answer_does_not_wait_for_it(client: Client) -> None:
    assert client.get("/blocked").text == "x"
    assert client.get("/log").json() == []
    sys.modules["lib.log"].release.set()
    assert log_of(client) == ["done"]


def test_it_runs_when_the_client_left_in_the_middle_of_the_stream(app: Path) -> None:
    async def main() -> None:
        with loaded(app) as application:
            peer = Peer(make_scope("/order"))
            peer.takes.clear()
            running = asyncio.create_task(application(peer.scope, peer.receive, peer.send))
            await asyncio.sleep(0.01)
            peer.leave()
            peer.takes.set()
            await running
            assert "after" in (await call(application, "/log")).text

    asyncio.run(main())


def test_without_lifespan_it_is_a_part_of_the_request(app: Path) -> None:
    async def main() -> None:
        with loaded(app) as application:
            threading.Timer(0.02, lambda: lib("release").set()).start()
            peer = await call(application, "/blocked")
            assert peer.text == "x"
            assert lib("lines") == ["done"]

    def lib(name: str) -> Any:
        return getattr(sys.modules["lib.log"], name)

    asyncio.run(main())


def test_without_lifespan_a_cancelled_request_does_not_take_it_along(app: Path) -> None:
    async def main() -> None:
        with loaded(app) as application:
            peer = Peer(make_scope("/blocked"))
            peer.body()
            request = asyncio.create_task(application(peer.scope, peer.receive, peer.send))
            await peer.until(2)
            await asyncio.sleep(0.01)
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            sys.modules["lib.log"].release.set()
            await application.app.background.drain(1)
            assert sys.modules["lib.log"].lines == ["done"]

    asyncio.run(main())


def test_at_shutdown_it_is_waited_for(app: Path) -> None:
    with Client(app) as client:
        client.get("/blocked")
        module = sys.modules["lib.log"]
        threading.Timer(0.02, module.release.set).start()
    assert module.lines == ["done"]


def test_at_shutdown_what_does_not_end_in_time_is_stopped(app: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_app(app, {"byway_config.py": "from byway import Config\n\nconfig = Config(shutdown_timeout=0.02)\n"})
    with Client(app) as client:
        client.post("/blocked")
    assert "Stopped 1 after() task(s) that did not end within shutdown_timeout." in caplog.text
