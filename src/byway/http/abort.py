"""`AbortSignal`: tells a handler that its client has left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class AbortSignal:
    """The Web's ``AbortSignal``, as ``request.signal`` gives it.

    ``aborted`` says whether the client left; ``reason`` is then the exception that says why.
    """

    __slots__ = ("_event", "_reason")

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._reason: Exception | None = None

    @property
    def aborted(self) -> bool:
        """True once the client has left."""
        return self._reason is not None

    @property
    def reason(self) -> Exception | None:
        """Why the signal was aborted; None while it is not."""
        return self._reason

    def throw_if_aborted(self) -> None:
        """Raise `reason` when the client has left."""
        if self._reason is not None:
            raise self._reason

    async def wait(self) -> None:
        """Return once the client has left; never before."""
        await self._event.wait()

    def abort(self, reason: Exception) -> None:
        """Abort, for the first time only; call it on the event loop's thread."""
        if self._reason is None:
            self._reason = reason
            self._event.set()


async def unless_aborted(work: Callable[[], Awaitable[T]], signal: AbortSignal | None) -> T:
    """What ``work`` gives; the reason of ``signal`` is raised as soon as it is aborted, and ``work`` cancelled."""
    if signal is None:
        return await work()
    signal.throw_if_aborted()
    # A time limit without a time: asyncio knows how to cancel one step of a task and nothing else.
    limit = asyncio.timeout(None)

    def abort(_: object) -> None:
        with suppress(RuntimeError):  # when the work has just come to its end
            limit.reschedule(0)

    watch = asyncio.ensure_future(signal.wait())
    try:
        async with limit:
            watch.add_done_callback(abort)
            return await work()
    except TimeoutError:
        if limit.expired():
            signal.throw_if_aborted()
        raise
    finally:
        watch.remove_done_callback(abort)
        watch.cancel()
