"""Worker threads: `byway.run`, context variables, the bound of the pool, and what outlasts its request."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar, cast

import pytest

import byway
from byway.runtime.threads import Threads
from byway.runtime.work import Work, current
from byway.testing import Client

from ..support import call, loaded, route, write_app

T = TypeVar("T")
variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@contextmanager
def pool(size: int) -> Iterator[Threads]:
    threads = Threads(size)
    yield threads
    threads.close()


def test_a_function_runs_in_another_thread_with_its_arguments() -> None:
    def function(*args: int, key: str) -> tuple[object, ...]:
        return threading.current_thread() is threading.main_thread(), args, key

    with pool(1) as threads:
        assert asyncio.run(threads.run(function, 1, 2, key="k")) == (False, (1, 2), "k")


def test_what_it_raises_is_raised() -> None:
    class Own(BaseException): ...

    def function() -> None:
        raise Own

    with pool(1) as threads, pytest.raises(Own):
        asyncio.run(threads.run(function))


def test_stop_iteration_is_an_error_rather_than_an_end_without_answer() -> None:
    async def main(threads: Threads) -> None:
        async with asyncio.timeout(2):
            await threads.run(lambda: next(iter([])))

    with pool(1) as threads, pytest.raises(RuntimeError, match="raised StopIteration"):
        asyncio.run(main(threads))


def test_context_variables_are_kept_and_changes_stay_in_the_thread() -> None:
    def function() -> str:
        seen = variable.get()
        variable.set("changed")
        return seen

    async def main(threads: Threads) -> None:
        variable.set("caller")
        assert await threads.run(function) == "caller"
        assert variable.get() == "caller"

    with pool(1) as threads:
        asyncio.run(main(threads))


def test_no_more_functions_run_at_once_than_the_pool_has_threads() -> None:
    running = most = 0
    lock = threading.Lock()
    both = threading.Barrier(2, timeout=2)

    def function() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both.wait()
        with lock:
            running -= 1

    async def main(threads: Threads) -> None:
        await asyncio.gather(*(threads.run(function) for _ in range(6)))

    with pool(2) as threads:
        asyncio.run(main(threads))
    assert most == 2


def test_a_cancelled_callers_thread_stays_counted_until_it_is_done() -> None:
    release, begun = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        release.wait(2)

    async def main(threads: Threads) -> None:
        first = asyncio.create_task(threads.run(slow))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        second = asyncio.create_task(threads.run(lambda: "done"))
        await asyncio.sleep(0.02)
        assert not second.done()
        release.set()
        assert await second == "done"

    with pool(1) as threads:
        asyncio.run(main(threads))


def in_request(threads: Threads, function: Callable[[], T]) -> T:
    """What ``function`` returns in a worker thread that belongs to a request."""

    async def main() -> T:
        app = SimpleNamespace(threads=threads, loop=asyncio.get_running_loop())
        current.set(cast("Work", SimpleNamespace(app=app)))
        return await threads.run(function)

    return asyncio.run(main())


def test_run_runs_on_the_loop_in_the_threads_context() -> None:
    async def awaited() -> tuple[bool, str]:
        return threading.current_thread() is threading.main_thread(), variable.get()

    def function() -> tuple[bool, str]:
        variable.set("thread")
        return byway.run(awaited())

    with pool(1) as threads:
        assert in_request(threads, function) == (True, "thread")


def test_run_takes_any_awaitable_and_raises_what_it_raises() -> None:
    class Awaitable:
        def __init__(self, value: int) -> None:
            self.value = value

        def __await__(self) -> Generator[None, None, int]:
            yield from ()
            return 1 // self.value

    with pool(1) as threads:
        assert in_request(threads, lambda: byway.run(Awaitable(1))) == 1
        with pytest.raises(ZeroDivisionError):
            in_request(threads, lambda: byway.run(Awaitable(0)))


def test_run_on_the_loop_says_to_await() -> None:
    async def awaited() -> None: ...

    async def main() -> None:
        with pytest.raises(RuntimeError) as caught:
            byway.run(awaited())
        assert str(caught.value) == (
            "byway.run() was called on the event loop, which it would block: write `await …` instead."
        )

    asyncio.run(main())


def test_run_outside_a_request_says_what_to_use() -> None:
    async def awaited() -> None: ...

    with pytest.raises(RuntimeError) as caught:
        byway.run(awaited())
    assert str(caught.value) == (
        "byway.run() was called outside a request. It works in def handlers, callbacks and iterators, "
        "which run in Byway's worker threads; elsewhere use asyncio.run()."
    )


APP = {
    "byway_config.py": "from byway import Config\n\nconfig = Config(threads=1)\n",
    "app/echo/route.py": route(
        """
        def POST(request: Request):
            cookies().set("a", byway.run(headers()).get("x-a", "none"))
            return Response.json({"json": byway.run(request.json()), "cookie": cookies().get("b").value})

        async def PUT(request: Request):
            return Response.json(byway.run(request.json()))

        def PATCH(request: Request):
            byway.run(leave())

        async def leave():
            not_found()
        """
    ),
    "app/slow/route.py": route(
        """
        max_duration = 0.05
        RELEASE = threading.Event()

        def GET():
            RELEASE.wait(2)
            return Response("late")

        async def POST():
            await asyncio.sleep(2)

        async def PUT():
            raise TimeoutError("of its own")

        def DELETE():
            RELEASE.set()
            return Response("released")

        async def OPTIONS():
            RELEASE.set()
            return Response("released")
        """
    ),
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(write_app(tmp_path, APP)) as client:
        yield client


def test_a_def_handler_reads_its_request_with_run(client: Client) -> None:
    answer = client.post("/echo", json=[1], headers={"cookie": "b=2", "x-a": "3"})
    assert answer.json() == {"json": [1], "cookie": "2"}
    assert answer.headers["set-cookie"].startswith("a=3;")


def test_a_body_error_in_run_is_a_400(client: Client) -> None:
    assert client.post("/echo", content=b"{").status_code == 400


def test_control_flow_passes_through_run(client: Client) -> None:
    assert client.patch("/echo").status_code == 404


def test_run_in_an_async_handler_is_a_500(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.put("/echo", json=1).status_code == 500
    assert "write `await …` instead" in caplog.text


def test_a_def_handler_beyond_max_duration_is_a_504_while_its_thread_stays_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        with loaded(write_app(tmp_path, APP)) as application:
            late = await call(application, "/slow", headers=[("accept", "application/json")])
            assert late.status == 504
            assert '"detail":"The server took too long to answer."' in late.text
            # The only thread still runs the first handler: the second one never gets its turn.
            assert (await call(application, "/slow", "DELETE")).status == 504
            assert (await call(application, "/slow", "OPTIONS")).text == "released"
            await asyncio.sleep(0.02)
            assert (await call(application, "/slow", "DELETE")).text == "released"

    asyncio.run(main())
    assert "GET /slow took longer than max_duration = 0.05 seconds (app/slow/route.py). Answered 504" in caplog.text


def test_an_async_handler_beyond_max_duration_is_a_504(client: Client) -> None:
    assert client.post("/slow").status_code == 504


def test_a_timeout_of_the_handlers_own_is_a_500(client: Client) -> None:
    assert client.put("/slow").status_code == 500
