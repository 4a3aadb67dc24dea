"""Where ``def`` handlers run: a bounded pool of worker threads that see the request's context."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from byway.runtime.work import current

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """``size`` threads; more work than that waits for a thread to become free."""

    def __init__(self, size: int) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="byway")
        self._awaited: set[Future[Any]] = set()

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``function`` returns, called in a thread with the caller's context variables.

        Cancelling the caller does not stop the thread: it stays counted until the function returns.
        """
        context = contextvars.copy_context()

        def call() -> T:
            try:
                return context.run(function, *args, **kwargs)
            except StopIteration as error:
                # No future can hold one: who waits for it would wait for ever.
                raise RuntimeError("A function in a worker thread raised StopIteration.") from error

        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def wait_for(self, awaitable: Awaitable[T], loop: asyncio.AbstractEventLoop) -> T:
        """In one of the threads: run ``awaitable`` as a task of ``loop`` and wait for its value."""

        async def awaited() -> T:
            return await awaitable

        async def in_context() -> T:
            # A task of its own, so that it runs in the calling thread's context rather than in the loop's.
            return await loop.create_task(awaited(), context=context)

        context = contextvars.copy_context()
        future = asyncio.run_coroutine_threadsafe(in_context(), loop)
        self._awaited.add(future)
        try:
            return future.result()
        finally:
            self._awaited.discard(future)

    def close(self) -> None:
        """Take no more work. What waits for a thread is dropped, what a thread waits for is cancelled."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for future in list(self._awaited):
            future.cancel()


def run(awaitable: Awaitable[T]) -> T:
    """Run ``awaitable`` on the server's event loop and return its value, from a ``def`` handler or callback.

    Raises ``RuntimeError`` in ``async def`` code (use ``await`` there) and outside a request, and whatever the
    awaitable raises.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        work = current.get(None)
    else:
        _discard(awaitable)
        raise RuntimeError("byway.run() was called on the event loop, which it would block: write `await …` instead.")
    if work is None:
        _discard(awaitable)
        raise RuntimeError(
            "byway.run() was called outside a request. It works in def handlers, callbacks and iterators, "
            "which run in Byway's worker threads; elsewhere use asyncio.run()."
        )
    return work.app.threads.wait_for(awaitable, work.app.loop)


def _discard(awaitable: object) -> None:
    close = getattr(awaitable, "close", None)
    if close is not None:
        close()
