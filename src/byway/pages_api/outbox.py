"""`Outbox`: the chunks of a streamed answer between the handler that writes them and the server that sends them.

Theory of operation
-------------------
Any thread may write, the event loop alone reads. A writer that is not waited for may be ahead of its client by
`MOST_PENDING` bytes, which is an error beyond; one that waits (`drained`) goes on once no more than `MOST_AHEAD` are
left, so that a slow client slows its handler down instead of filling the memory.

It ends in one of three ways: with `end`, with `fail` (the handler has failed), or with `aclose` (the client has left,
or wants no more). After any of them nothing more can be put into it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress

from byway.http.errors import Disconnected

#: Bytes that a handler which waits for its client is ahead of it.
MOST_AHEAD = 64 << 10
#: Bytes that one which does not wait may be ahead; a single chunk may be larger.
MOST_PENDING = 16 << 20

_GONE = "The client left before it had the whole answer."


def is_running(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the calling code runs on ``loop``, rather than in a thread beside it."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


class Outbox:
    """Chunks for the server on ``loop`` to send; ``announced`` is the answer's ``Content-Length`` when it has one."""

    __slots__ = (
        "_announced",
        "_chunks",
        "_failure",
        "_has_begun",
        "_is_over",
        "_lock",
        "_loop",
        "_pending",
        "_waiting",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, announced: int | None = None) -> None:
        self._loop = loop
        self._announced = announced
        self._lock = threading.Lock()
        # Guards all that follows.
        self._chunks: deque[bytes] = deque()
        self._pending = 0
        self._is_over = False
        self._has_begun = False
        self._failure: BaseException | None = None
        # Those who wait for a change: the reader for chunks, writers for room. Only on the loop.
        self._waiting: list[asyncio.Future[None]] = []

    def put(self, chunk: bytes) -> None:
        """Have ``chunk`` sent.

        Raises ``Disconnected`` when nobody wants it any more, ``BufferError`` when too much is waiting to be sent, and
        ``ValueError`` for more than was announced.
        """
        with self._lock:
            self._check_open()
            if self._announced is not None and len(chunk) > self._announced:
                raise ValueError("More was written than the Content-Length that was set says.")
            if self._pending > MOST_PENDING:
                raise BufferError(
                    f"More than {MOST_PENDING >> 20} MB were written, faster than the client takes them: write "
                    "`await res.write(…)`, which waits for it."
                )
            if self._announced is not None:
                self._announced -= len(chunk)
            self._chunks.append(chunk)
            self._pending += len(chunk)
        self._tell()

    def end(self) -> None:
        """Everything is written. Raises ``ValueError`` when that is less than was announced."""
        with self._lock:
            if self._is_over:
                return
            if self._announced:
                raise ValueError("Less was written than the Content-Length that was set says.")
            self._is_over = True
        self._tell()

    def fail(self, error: BaseException) -> bool:
        """Have ``error`` raised where the chunks are sent; False when nothing is to be sent any more."""
        with self._lock:
            if self._is_over:
                return False
            self._is_over = True
            self._failure = error
        self._tell()
        return True

    @property
    def has_room(self) -> bool:
        """Whether a writer need not wait."""
        return self._pending <= MOST_AHEAD

    async def drained(self) -> None:
        """Wait until the client has taken enough. Raises ``Disconnected`` when it has left."""
        while True:
            with self._lock:
                if self.has_room:
                    return
                self._check_open()
                change = self._change()
            await change

    def __aiter__(self) -> Outbox:
        return self

    async def __anext__(self) -> bytes:
        while True:
            with self._lock:
                # Before the first chunk a failure is still answered properly.
                if self._failure is not None and not (self._has_begun and self._chunks):
                    raise self._failure
                if self._chunks:
                    self._has_begun = True
                    chunk = self._chunks.popleft()
                    self._pending -= len(chunk)
                    self._wake()
                    return chunk
                if self._is_over:
                    raise StopAsyncIteration
                change = self._change()
            await change

    async def aclose(self) -> None:
        """Want no more chunks."""
        with self._lock:
            self._is_over = True
            self._chunks.clear()
            # Whoever waits for room finds the end instead.
            self._wake()

    def _check_open(self) -> None:
        if self._is_over:
            raise Disconnected(_GONE)

    def _change(self) -> asyncio.Future[None]:
        """What is done at the next change. Only on the loop."""
        change = self._loop.create_future()
        self._waiting.append(change)
        return change

    def _tell(self) -> None:
        """Wake those who wait, from any thread."""
        if is_running(self._loop):
            self._wake()
        else:
            with suppress(RuntimeError):  # A closed loop has nobody who waits.
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            if not change.done():
                change.set_result(None)
