"""The events that pages of the development server listen to: ``reload`` after each change of the app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from byway.http.response import Response
from byway.routing.segments import Segment
from byway.runtime.segment import DEFAULTS
from byway.runtime.work import Work

EVENTS_PATH = "/_byway/dev/events"
EVENTS_PLACE = tuple(Segment("static", piece) for piece in EVENTS_PATH.split("/")[1:])

# Seconds of silence after which a comment keeps proxies from closing the connection.
_SILENCE = 15.0


class Events:
    """An endpoint of server-sent events; `tell` sends ``reload`` to every page that listens."""

    pattern = EVENTS_PATH
    config = DEFAULTS
    file = None
    allow = "GET"

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self._told = 0

    def url(self, work: Work) -> str:
        """Where the page that answers ``work`` listens. What is told before it does is told to it then."""
        return f"{work.request.url.base_path}{EVENTS_PATH}?{self._told}"

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """A stream of events that ends with the client or the server."""
        if work.request.method != "GET":
            return None
        headers = {"content-type": "text/event-stream", "cache-control": "no-store"}
        return Response(self._stream(work.request.url.search), headers=headers)

    def tell(self) -> None:
        """Send ``reload`` to every listener."""
        self._told += 1
        for queue in self._listeners:
            queue.put_nowait("reload")

    def close(self) -> None:
        """End every stream."""
        for queue in self._listeners:
            queue.put_nowait(None)

    async def _stream(self, seen: str) -> AsyncIterator[str]:
        """``seen`` is the query of the page's `url`; an empty one wants only what is told from now on."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        if seen not in ("", f"?{self._told}"):
            queue.put_nowait("reload")
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
