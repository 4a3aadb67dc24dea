"""Events for everybody who listens in this process, and how they look on the wire."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from dataclasses import dataclass

HISTORY = 100  # events that a client may have missed
BACKLOG = 100  # events that a slow client may be behind


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    data: str

    def __str__(self) -> str:
        """The event as text/event-stream has it: each line of the data in a field of its own."""
        lines = "".join(f"data: {line}\n" for line in re.split("\r\n|\r|\n", self.data))
        return f"id: {self.id}\n{lines}\n"


class Hub:
    """Hands what is published to every listener. Used on the event loop only."""

    def __init__(self) -> None:
        self._last = 0
        self._recent: deque[Event] = deque(maxlen=HISTORY)
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def publish(self, data: str) -> Event:
        """Hand ``data`` to every listener; one that is too far behind is let go, and will come back for the rest."""
        self._last += 1
        event = Event(self._last, data)
        self._recent.append(event)
        for queue in list(self._listeners):
            if queue.qsize() == BACKLOG:
                self._listeners.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)
        return event

    @contextmanager
    def _listening(self) -> Generator[asyncio.Queue[Event | None]]:
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    async def stream(self, after: int | None, *, keep_alive: float) -> AsyncIterator[str]:
        """Every event from now on, as text; with ``after``, first those of a higher id.

        Where nothing happens for ``keep_alive`` seconds a comment is sent, so that no proxy takes the connection
        for dead.
        """
        with self._listening() as queue:
            missed = [] if after is None else [event for event in self._recent if event.id > after]
            yield "retry: 2000\n\n"
            for event in missed:
                yield str(event)
            while True:
                try:
                    following = await asyncio.wait_for(queue.get(), keep_alive)
                except TimeoutError:
                    yield ": keep-alive\n\n"
                    continue
                if following is None:
                    return
                yield str(following)


hub = Hub()
