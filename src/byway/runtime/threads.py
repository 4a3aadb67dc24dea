"""Where ``def`` handlers run: a bounded pool of worker threads that see the request's context."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import heapq
import itertools
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from byway.runtime.scope import FunctionScope
from byway.runtime.work import current

P = ParamSpec("P")
T = TypeVar("T")

#: What the names of the threads begin with.
THREAD_NAME = "byway"


# What waits in `byway.run` keeps its thread, and others take its place. How many may begin all the same:
# times the size, of those nobody waits for …
_TIMES = 4
# … and further ones, of those that a waiting thread may need in order to go on.
_FURTHER = 500
# Seconds without any progress after which what still waits for its turn is given up.
_PATIENCE = 30.0

# How many waiting threads the code at hand is run for, one within the other.
_waits: contextvars.ContextVar[int] = contextvars.ContextVar("byway.waits", default=0)


def _depth() -> int:
    """How deep the code at hand is in what threads wait for; 0 where none does.

    A thread may wait for any cached function, whoever has called it first: its result is made once for all.
    """
    work = current.get(None)
    scope = None if work is None else work.scope
    return _waits.get() + (len(scope.keys) if isinstance(scope, FunctionScope) else 0)


class _Call:
    """One call of a function. Its ``answer`` belongs to the loop of the caller."""

    __slots__ = ("answer", "depth", "function", "is_queued", "is_refused", "watch")

    def __init__(self, function: Callable[[], Any], answer: asyncio.Future[Any], depth: int) -> None:
        self.function = function
        self.answer = answer
        self.depth = depth
        self.is_queued = False
        self.is_refused = False
        self.watch: asyncio.TimerHandle | None = None

    def tell(self, value: Any, error: BaseException | None) -> None:
        # A closed loop has nobody who waits.
        with suppress(RuntimeError):
            self.answer.get_loop().call_soon_threadsafe(self._set, value, error)

    def _set(self, value: Any, error: BaseException | None) -> None:
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(value)
        else:
            self.answer.set_exception(error)

    def cancel(self) -> None:
        with suppress(RuntimeError):
            self.answer.get_loop().call_soon_threadsafe(self.answer.cancel)


class Threads:
    """Runs ``size`` functions at once; more than that wait for their turn.

    A function that waits in `byway.run` does not count: what it waits for may need a thread itself. It keeps its own,
    so threads beyond ``size`` stand in for those that wait, and end when there is nothing left to do. A turn goes first
    to those that have waited in `byway.run`, then to what a waiting thread may need, then to all others: what has begun
    ends before more begins. Among equals, first come is first served.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._pool = self._new_pool()
        self._awaited: set[Future[Any]] = set()
        self._idents: set[int] = set()
        # Guards all that follows.
        self._lock = threading.Lock()
        self._is_closed = False
        # Functions that have begun and do not wait in `byway.run`.
        self._running = 0
        # Functions that have begun, and those of them in threads of the pool.
        self._begun = self._pooled = 0
        self._progress = 0
        self._queue: list[tuple[int, int, _Call]] = []
        self._serials = itertools.count()
        self._resuming: deque[threading.Event] = deque()

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What ``function`` returns, called in a thread with the caller's context variables.

        Cancelling the caller does not stop the thread: it stays counted until the function returns. Raises
        ``RuntimeError`` after `close`, and where so many threads wait in `byway.run` that no turn ever comes.
        """
        loop = asyncio.get_running_loop()
        in_context = functools.partial(contextvars.copy_context().run, function, *args, **kwargs)
        call = _Call(in_context, loop.create_future(), _depth())
        with self._lock:
            if self._is_closed:
                raise RuntimeError("The worker threads are shut down: they take no more work.")
            if self._running < self._size and self._has_room(call, self._begun):
                self._begin(call)
            else:
                call.is_queued = True
                heapq.heappush(self._queue, (-call.depth, next(self._serials), call))
                self._watch(call)
        try:
            answer: T = await call.answer
        finally:
            if call.watch is not None:
                call.watch.cancel()
        return answer

    def wait_for(self, awaitable: Awaitable[T], loop: asyncio.AbstractEventLoop) -> T:
        """In one of the threads: run ``awaitable`` as a task of ``loop`` and wait for its value."""

        async def awaited() -> T:
            return await awaitable

        async def in_context() -> T:
            # A task of its own, so that it runs in the calling thread's context rather than in the loop's.
            return await loop.create_task(awaited(), context=context)

        context = contextvars.copy_context()
        context.run(_waits.set, _waits.get() + 1)
        future = asyncio.run_coroutine_threadsafe(in_context(), loop)
        self._awaited.add(future)
        # A thread that a handler has started itself has no turn to give.
        has_turn = threading.get_ident() in self._idents
        if has_turn:
            self._give_turn()
        try:
            return future.result()
        finally:
            self._awaited.discard(future)
            if has_turn:
                self._take_turn()

    def close(self) -> None:
        """Take no more work. What waits for a thread is dropped, what a thread waits for is cancelled."""
        with self._lock:
            self._is_closed = True
            queue, self._queue = self._queue, []
            while self._resuming:
                self._running += 1
                self._resuming.popleft().set()
        self._pool.shutdown(wait=False)
        for _, _, call in queue:
            call.cancel()
        for future in list(self._awaited):
            future.cancel()

    def _work(self, first: _Call, is_pooled: bool) -> None:
        """In a thread: run ``first``, and then whatever comes next, as long as there is something."""
        if first.is_refused:
            return
        ident = threading.get_ident()
        self._idents.add(ident)
        call: _Call | None = first
        del first
        while call is not None:
            value: Any = None
            error: BaseException | None = None
            # Its caller may have gone in the meantime.
            if not call.answer.done():
                try:
                    value = call.function()
                except StopIteration as stop:
                    # No future can hold one: who waits for it would wait for ever.
                    error = RuntimeError("A function in a worker thread raised StopIteration.")
                    error.__cause__ = stop
                except BaseException as raised:
                    error = raised
            following = self._end(is_pooled)
            if following is None:
                self._idents.discard(ident)
            # Told last, so that who hears of it finds the thread free.
            call.tell(value, error)
            # Neither is kept alive by the call that follows, nor the error by its own traceback.
            value = error = None
            call = following

    def _new_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._size, thread_name_prefix=THREAD_NAME)

    def _has_room(self, call: _Call, begun: int) -> bool:
        return begun < self._size * _TIMES + (_FURTHER if call.depth else 0)

    def _begin(self, call: _Call) -> None:
        """Give a free turn to ``call``, in a thread that has nothing to do or a new one."""
        is_pooled = self._pooled < self._size
        try:
            if is_pooled:
                self._pool.submit(self._work, call, True)
            else:
                threading.Thread(target=self._work, args=(call, False), name=f"{THREAD_NAME}-further").start()
        except RuntimeError as error:
            # The system has no thread left.
            call.is_refused = True
            call.tell(None, error)
            if is_pooled:
                # The pool has kept the call all the same, and miscounts its idle threads from then on.
                self._pool.shutdown(wait=False)
                self._pool = self._new_pool()
            return
        self._running += 1
        self._begun += 1
        self._pooled += is_pooled
        self._progress += 1

    def _end(self, is_pooled: bool) -> _Call | None:
        """A function has returned: pass its turn on. The call that its thread runs next, if any."""
        with self._lock:
            self._progress += 1
            if self._resuming:
                self._resuming.popleft().set()
            elif (call := self._next(self._begun - 1)) is not None:
                return call
            else:
                self._running -= 1
            self._begun -= 1
            self._pooled -= is_pooled
        return None

    def _give_turn(self) -> None:
        with self._lock:
            if self._resuming:
                self._resuming.popleft().set()
                return
            self._running -= 1
            if (call := self._next(self._begun)) is not None:
                self._begin(call)

    def _take_turn(self) -> None:
        with self._lock:
            self._progress += 1
            if self._running < self._size or self._is_closed:
                self._running += 1
                return
            turn = threading.Event()
            self._resuming.append(turn)
        turn.wait()

    def _next(self, begun: int) -> _Call | None:
        """Take the first call from the queue that somebody waits for, if there is room for it."""
        while self._queue:
            call = self._queue[0][2]
            if not call.answer.done():
                if not self._has_room(call, begun):
                    return None
                call.is_queued = False
            heapq.heappop(self._queue)
            if not call.is_queued:
                return call
        return None

    def _watch(self, call: _Call) -> None:
        call.watch = call.answer.get_loop().call_later(_PATIENCE, self._give_up, call, self._progress)

    def _give_up(self, call: _Call, progress: int) -> None:
        """Fail ``call`` if it cannot have its turn: nothing runs, and nothing has begun, gone on or ended for long."""
        with self._lock:
            if not call.is_queued or call.answer.done():
                return
            if self._running or self._progress != progress:
                self._watch(call)
                return
            call.answer.set_exception(
                RuntimeError(
                    f"No worker thread became free within {_PATIENCE:g} seconds: {self._begun} functions wait in "
                    f"byway.run(), and none of them goes on. If they wait for other def functions, make those "
                    f"async def, or raise Config(threads={self._size})."
                )
            )


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
