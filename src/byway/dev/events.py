"""The events that pages of the development server listen to: ``reload`` after each change of the app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from byway.http.response import Response
from byway.routing.segments import Segment
from byway.runtime.work import Work

EVENTS_PATH = "/_byway/dev/events"
EVENTS_PLACE = tuple(Segment("static", piece) for piece in EVENTS_PATH.split("/")[1:])

# Seconds of silence after which a comment keeps proxies from closing the connection.
_SILENCE = 15.0


class Events:
    """An endpoint of server-sent events; `tell` sends ``reload`` to every page that listens."""

    pattern = EVENTS_PATH
    max_duration = None
    allow = "GET"

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str | None]] = set()

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """A stream of events that ends with the client or the server."""
        if work.request.method != "GET":
            return None
        headers = {"content-type": "text/event-stream", "cache-control": "no-store"}
        return Response(self._stream(), headers=headers)

    def tell(self) -> None:
        """Send ``reload`` to every listener."""
        for queue in self._listeners:
            queue.put_nowait("reload")

    def close(self) -> None:
        """End every stream."""
        for queue in self._listeners:
            queue.put_nowait(None)

    async def _stream(self) -> AsyncIterator[str]:
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield ": connected\n\n"
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), _SILENCE)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if event is None:
                    return
                yield f"event: {event}\ndata:\n\n"
        finally:
            self._listeners.discard(queue)
