"""Worker threads: `byway.run`, context variables, the bound of the pool, and what outlasts its request."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar, cast

import pytest

import byway
from byway.runtime.threads import Threads
from byway.runtime.work import Work, current
from byway.testing import AsyncClient, Client

from ..support import call, loaded, route, write_app

T = TypeVar("T")
variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@contextmanager
def pool(size: int) -> Generator[Threads]:
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
        of_request(threads)
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


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


def of_request(threads: Threads) -> None:
    """Let what is called from here on belong to a request whose app has ``threads``."""
    app = SimpleNamespace(threads=threads, loop=asyncio.get_running_loop())
    current.set(cast("Work", SimpleNamespace(app=app, scope=None)))


def nested(threads: Threads, levels: int) -> int:
    """In a thread: call itself in another thread, wait for it, and so on for ``levels``."""
    return byway.run(threads.run(nested, threads, levels - 1)) + 1 if levels else 0


@pytest.mark.parametrize("levels", [1, 2, 5])
def test_functions_that_wait_for_functions_all_end(levels: int) -> None:
    async def main(threads: Threads) -> list[int]:
        of_request(threads)
        async with asyncio.timeout(10):
            return await asyncio.gather(*(threads.run(nested, threads, levels) for _ in range(30)))

    with pool(2) as threads:
        assert asyncio.run(main(threads)) == [levels] * 30


def test_many_more_functions_than_may_begin_wait_for_functions_and_all_end() -> None:
    async def main(threads: Threads) -> list[int]:
        of_request(threads)
        async with asyncio.timeout(10):
            return await asyncio.gather(*(threads.run(nested, threads, 1) for _ in range(100)))

    with pool(1) as threads:
        assert asyncio.run(main(threads)) == [1] * 100


def most_at_once(threads: Threads, barrier: int) -> int:
    """How many of 12 functions run at once: they run in groups of ``barrier``."""
    running = most = 0
    lock = threading.Lock()
    together = threading.Barrier(barrier, timeout=5)

    def function() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait()
        with lock:
            running -= 1

    async def main() -> None:
        await asyncio.gather(*(threads.run(function) for _ in range(12)))

    asyncio.run(main())
    return most


def test_functions_that_have_waited_count_again() -> None:
    running = most = 0
    lock = threading.Lock()

    def count() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.001)
        with lock:
            running -= 1

    def function() -> None:
        count()
        byway.run(asyncio.sleep(0))
        count()

    async def main(threads: Threads) -> None:
        of_request(threads)
        await asyncio.gather(*(threads.run(function) for _ in range(40)))

    with pool(2) as threads:
        asyncio.run(main(threads))
    assert most == 2


def test_no_turn_is_lost_or_gained_by_errors_and_cancellation() -> None:
    async def fail() -> None:
        raise ValueError

    async def cancelled() -> None:
        raise asyncio.CancelledError

    def alone() -> None:
        thread = threading.Thread(target=contextvars.copy_context().run, args=(byway.run, asyncio.sleep(0)))
        thread.start()
        thread.join()

    async def main(threads: Threads) -> None:
        of_request(threads)
        tasks: list[asyncio.Task[object]] = []
        for _ in range(10):
            tasks += [
                asyncio.create_task(threads.run(lambda: byway.run(fail()))),
                asyncio.create_task(threads.run(lambda: byway.run(cancelled()))),
                asyncio.create_task(threads.run(nested, threads, 1)),
                asyncio.create_task(threads.run(lambda: byway.run(asyncio.sleep(0.01)))),
                asyncio.create_task(threads.run(alone)),
            ]
        await asyncio.sleep(0.005)
        for task in tasks[::3]:
            task.cancel()
        async with asyncio.timeout(10):
            await asyncio.gather(*tasks, return_exceptions=True)
            # Those whose callers were cancelled may still be at work.
            await asyncio.sleep(0.05)

    with pool(3) as threads:
        asyncio.run(main(threads))
        assert most_at_once(threads, 3) == 3


def test_a_thread_that_a_function_has_started_gives_no_turn_away() -> None:
    release, waits = threading.Event(), threading.Event()

    async def wait() -> None:
        waits.set()
        await until(release.is_set)

    def function() -> None:
        thread = threading.Thread(target=contextvars.copy_context().run, args=(lambda: byway.run(wait()),))
        thread.start()
        thread.join()

    async def main(threads: Threads) -> None:
        of_request(threads)
        first = asyncio.create_task(threads.run(function))
        await until(waits.is_set)
        second = asyncio.create_task(threads.run(lambda: "done"))
        await asyncio.sleep(0.02)
        assert not second.done()
        release.set()
        await first
        assert await second == "done"

    with pool(1) as threads:
        asyncio.run(main(threads))


def test_turns_are_given_in_the_order_of_the_calls() -> None:
    order: list[int] = []

    async def main(threads: Threads) -> None:
        await asyncio.gather(*(threads.run(order.append, i) for i in range(50)))

    with pool(1) as threads:
        asyncio.run(main(threads))
    assert order == list(range(50))


def test_what_has_waited_goes_first_then_what_is_waited_for_then_the_rest() -> None:
    order: list[str] = []
    release, blocks = threading.Event(), threading.Event()

    async def main(threads: Threads) -> None:
        of_request(threads)
        answered, asked = asyncio.Event(), asyncio.Event()

        def waiting() -> None:
            byway.run(answered.wait())
            order.append("has waited")

        async def ask() -> None:
            await asked.wait()
            await threads.run(order.append, "is waited for")

        def asking() -> None:
            byway.run(ask())

        def block() -> None:
            blocks.set()
            release.wait(5)

        tasks = [asyncio.create_task(threads.run(function)) for function in (asking, waiting, block)]
        await until(blocks.is_set)
        tasks.append(asyncio.create_task(threads.run(order.append, "the rest")))
        await asyncio.sleep(0.01)
        asked.set()
        await asyncio.sleep(0.01)
        answered.set()
        await asyncio.sleep(0.05)
        assert order == []
        release.set()
        await asyncio.gather(*tasks)

    with pool(1) as threads:
        asyncio.run(main(threads))
    assert order == ["has waited", "is waited for", "the rest"]


def test_a_call_cancelled_before_its_turn_never_runs() -> None:
    release, ran = threading.Event(), threading.Event()

    async def main(threads: Threads) -> None:
        first = asyncio.create_task(threads.run(release.wait, 5))
        await asyncio.sleep(0)
        second = asyncio.create_task(threads.run(ran.set))
        third = asyncio.create_task(threads.run(lambda: "done"))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        release.set()
        await first
        assert await third == "done"

    with pool(1) as threads:
        asyncio.run(main(threads))
    assert not ran.is_set()


def test_threads_that_stand_in_end_when_nothing_is_left_to_do() -> None:
    async def main(threads: Threads) -> None:
        of_request(threads)
        before = set(threading.enumerate())
        async with asyncio.timeout(10):
            await asyncio.gather(*(threads.run(nested, threads, 2) for _ in range(10)))
        await until(lambda: len(set(threading.enumerate()) - before) <= 2)

    with pool(2) as threads:
        asyncio.run(main(threads))


def test_functions_that_wait_deeper_than_there_are_threads_get_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("byway.runtime.threads._PATIENCE", 0.05)
    monkeypatch.setattr("byway.runtime.threads._FURTHER", 3)

    async def main(threads: Threads) -> None:
        of_request(threads)
        async with asyncio.timeout(5):
            with pytest.raises(RuntimeError) as caught:
                await threads.run(nested, threads, 100)
            assert str(caught.value) == (
                "No worker thread became free within 0.05 seconds: 7 functions wait in byway.run(), and none of them "
                "goes on. If they wait for other def functions, make those async def, or raise Config(threads=1)."
            )
            assert await threads.run(nested, threads, 3) == 3

    with pool(1) as threads:
        asyncio.run(main(threads))


def test_a_call_waits_as_long_as_a_function_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("byway.runtime.threads._PATIENCE", 0.01)
    release = threading.Event()

    async def main(threads: Threads) -> None:
        first = asyncio.create_task(threads.run(release.wait, 5))
        await asyncio.sleep(0)
        second = asyncio.create_task(threads.run(lambda: "done"))
        await asyncio.sleep(0.1)
        assert not second.done()
        release.set()
        await first
        assert await second == "done"

    with pool(1) as threads:
        asyncio.run(main(threads))


def test_a_call_for_which_the_system_has_no_thread_raises_and_costs_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def main(threads: Threads) -> None:
        ran = threading.Event()
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", start)
            with pytest.raises(RuntimeError, match="can't start new thread"):
                await threads.run(ran.set)
        assert await threads.run(lambda: "done") == "done"
        assert not ran.is_set()

    with pool(2) as threads:
        asyncio.run(main(threads))
        assert most_at_once(threads, 2) == 2


def test_close_drops_what_waits_for_a_turn_and_cancels_what_a_thread_waits_for() -> None:
    release, waits, blocks, ran = (threading.Event() for _ in range(4))

    async def wait() -> None:
        waits.set()
        await asyncio.sleep(60)

    def block() -> None:
        blocks.set()
        release.wait(5)

    async def main() -> None:
        threads = Threads(1)
        of_request(threads)
        waiting = asyncio.create_task(threads.run(lambda: byway.run(wait())))
        await until(waits.is_set)
        blocking = asyncio.create_task(threads.run(block))
        await until(blocks.is_set)
        queued = asyncio.create_task(threads.run(ran.set))
        await asyncio.sleep(0)
        threads.close()
        async with asyncio.timeout(5):
            for dropped in (waiting, queued):
                # The concurrent.futures error is another one than asyncio's.
                with pytest.raises((asyncio.CancelledError, CancelledError)):
                    await dropped
            release.set()
            await blocking
            with pytest.raises(RuntimeError) as caught:
                await threads.run(ran.set)
        assert str(caught.value) == "The worker threads are shut down: they take no more work."

    asyncio.run(main())
    assert not ran.is_set()


def test_def_handlers_that_wait_for_cached_def_functions_all_answer(tmp_path: Path) -> None:
    # They are more than may begin before one ends, and share a function with an async handler.
    files = {
        "byway_config.py": "from byway import Config\n\nconfig = Config(threads=2)\n",
        "lib/work.py": """
            import byway
            from byway.cache import use_cache

            @use_cache
            def outer(number):
                return byway.run(inner(number)) + 1

            @use_cache
            def inner(number):
                return number

            @use_cache
            def shared():
                return "shared"
            """,
        "app/shared/route.py": """
            import asyncio
            from byway.server import Response
            from lib.work import shared

            async def GET():
                await asyncio.sleep(0)
                return Response(await shared())
            """,
        "app/[number]/route.py": """
            import byway
            from byway.server import Response
            from lib.work import outer, shared

            def GET(request, ctx):
                return Response(f"{byway.run(outer(int(ctx.params['number'])))} {byway.run(shared())}")
            """,
    }

    async def main() -> list[str]:
        async with AsyncClient(write_app(tmp_path, files)) as client, asyncio.timeout(20):
            paths = [*(f"/{number}" for number in range(30)), "/shared"]
            return [answer.text for answer in await asyncio.gather(*map(client.get, paths))]

    assert asyncio.run(main()) == [*(f"{number + 1} shared" for number in range(30)), "shared"]


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
