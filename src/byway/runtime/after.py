"""`after()`: work that begins once the answer is sent."""

from __future__ import annotations

import asyncio
import inspect
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from typing import Any

from byway.runtime.control_flow import is_stop
from byway.runtime.work import AfterTask, Work, current_work

log = logging.getLogger("byway.after")


def after(work: Callable[[], Any] | Awaitable[Any], /) -> None:
    """Have ``work`` done once the answer is sent, even when the handler raises, redirects or calls `not_found()`.

    A callable (``def`` ones run in a worker thread) or a coroutine begins then; a Task or Future that already runs is
    awaited. It may read `cookies()` and `headers()` and call `after()` itself. What it raises is logged. It may take
    as long as the route's ``max_duration``. Implements the documents' ``after``.

    Raises ``TypeError`` for anything else, ``RuntimeError`` outside a request.
    """
    current = current_work("after()")
    if not (callable(work) or inspect.isawaitable(work)):
        raise TypeError(f"after() takes a callable or an awaitable, not {type(work).__name__}.")
    add_after(current, work)


def add_after(work: Work, task: AfterTask) -> None:
    """Have ``task`` done once the answer to the request of ``work`` is sent."""
    work = work.root
    if work.afters is None:
        work.afters = []
    work.afters.append(task)
    if work.closed:
        # Called by something that went on beyond the request's own work; there may be no event loop in this thread.
        loop = work.app.loop
        loop.call_soon_threadsafe(lambda: work.app.background.start(run_afters(work)))


async def run_afters(work: Work) -> None:
    """Do what `after()` collected, and what that adds: each batch all at once. Failures are logged, each by itself."""
    work.closed = False
    work.answered = True
    while True:
        tasks, work.afters = work.afters, None
        if tasks:
            await asyncio.gather(*(_run_one(work, task) for task in tasks))
            continue
        if work.invalidations is not None:
            await work.invalidations.deliver()
        # A thread may call after() at any moment: closed first, then looked at again, nothing gets lost.
        work.closed = True
        if not _has_more(work):
            return
        work.closed = False


def _has_more(work: Work) -> bool:
    return bool(work.afters)


async def _run_one(work: Work, task: AfterTask) -> None:
    limit = work.max_duration
    timer = asyncio.timeout(limit)
    try:
        async with timer:
            await _perform(work, task)
    except TimeoutError as error:
        if timer.expired():
            log.error("after() of %s took longer than max_duration = %s seconds and was stopped.", work.where, limit)
        else:
            _report(work, error)
    except BaseException as error:
        if is_stop(error):
            raise
        _report(work, error)


async def _perform(work: Work, task: AfterTask) -> None:
    if inspect.isawaitable(task):
        await task
    elif inspect.iscoroutinefunction(task):
        await task()
    else:
        result = await work.app.threads.run(task)
        if inspect.isawaitable(result):
            await result


def _report(work: Work, error: BaseException) -> None:
    log.error("after() of %s failed (request %s).", work.where, work.request_id, exc_info=error)


class Background:
    """Work that outlives its request. It is bounded by nothing but its own time limits, and drained at shutdown."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, coroutine: Coroutine[Any, Any, Any], /, *, context: Context | None = None) -> asyncio.Task[Any]:
        """Run ``coroutine`` as a task that is kept until it is done, in ``context`` or a copy of the current one."""
        return self._keep(asyncio.get_running_loop().create_task(coroutine, context=context))

    def start_now(self, coroutine: Coroutine[Any, Any, Any], /) -> asyncio.Task[Any]:
        """`start`, but what ``coroutine`` does before it first waits is done at once, where Python knows how to."""
        if sys.version_info >= (3, 12):
            task = asyncio.Task(coroutine, loop=asyncio.get_running_loop(), eager_start=True)
            return task if task.done() else self._keep(task)
        return self.start(coroutine)

    def _keep(self, task: asyncio.Task[Any]) -> asyncio.Task[Any]:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self, timeout: float | None) -> int:
        """Wait until all work is done, that which it starts included; at most ``timeout`` seconds.

        What is left then is cancelled. Returns how many tasks that were.
        """
        try:
            async with asyncio.timeout(timeout):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        except TimeoutError:
            left = list(self._tasks)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            return len(left)
        return 0
