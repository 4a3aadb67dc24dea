"""`AbortSignal`: tells a handler that its client has left."""

from __future__ import annotations

import asyncio


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
