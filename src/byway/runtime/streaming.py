"""The chunks of a streamed body, and its end, whoever ends it."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterable, Iterable, Iterator
from typing import Any

from byway.http.body import Stream, to_bytes
from byway.runtime.work import Work

log = logging.getLogger("byway.stream")


class Chunks:
    """The chunks of ``stream`` as bytes, empty ones left out. Close it when done, so that a generator's end runs now.

    A sync iterator takes each step in a worker thread, all of them in one context: what a step sets in a context
    variable, the next one sees.
    """

    __slots__ = ("_async", "_context", "_stream", "_sync", "_work")

    def __init__(self, work: Work, stream: Stream) -> None:
        self._work = work
        self._stream = stream
        self._context = contextvars.copy_context()
        self._async: Any = aiter(stream) if isinstance(stream, AsyncIterable) else None
        self._sync: Iterator[str | bytes] | None = None

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        while True:
            if self._async is not None:
                chunk = await anext(self._async)
            else:
                step = await self._in_thread(self._step)
                if not step:
                    raise StopAsyncIteration
                chunk = step[0]
            if data := to_bytes(chunk):
                return data

    def _step(self) -> list[str | bytes]:
        if self._sync is None:
            assert isinstance(self._stream, Iterable)
            self._sync = iter(self._stream)
        for chunk in self._sync:
            return [chunk]
        return []

    async def _in_thread(self, function: Any) -> Any:
        running = asyncio.ensure_future(self._work.app.threads.run(self._context.run, function))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            # A step cannot be interrupted, and a generator cannot be closed while it takes one.
            await asyncio.wait([running])
            if not running.cancelled():
                running.exception()  # looked at: nobody else will
            raise

    async def aclose(self) -> None:
        """Close the stream when it can be closed; a failure of its end is logged."""
        try:
            if isinstance(self._stream, AsyncIterable):
                for stream in [self._async] if self._async is self._stream else [self._async, self._stream]:
                    aclose = getattr(stream, "aclose", None)
                    if aclose is not None:
                        await aclose()
            elif (close := getattr(self._sync or self._stream, "close", None)) is not None:
                await self._in_thread(close)
        except Exception:
            work = self._work
            log.exception("The stream of %s failed while it was closed (request %s).", work.where, work.request_id)
