"""The body of an answer that is kept: read to its end, within a bound, so that a time limit can strike meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable

from byway.http.body import Chunk, to_bytes
from byway.http.response import Response
from byway.runtime.work import Work

#: Bytes of the largest body that is kept.
LARGEST_BODY = 50 * 2**20

# Seconds for which a body that never waits is read before the event loop gets a turn.
_TURN = 0.05


async def read_body(work: Work, response: Response) -> bytes:
    """The whole body of ``response``, whose handler ran for ``work``; a sync iterator is read in a worker thread.

    Raises ``ValueError`` when it is larger than `LARGEST_BODY`, and what its stream raises.
    """
    data, stream = response.payload()
    if stream is None:
        _check(len(data or b""))
        return data or b""
    if isinstance(stream, AsyncIterable):
        return await _read_async(stream)
    return await work.app.threads.run(_read_sync, stream)


async def _read_async(stream: AsyncIterable[Chunk]) -> bytes:
    loop = asyncio.get_running_loop()
    body, turn = bytearray(), loop.time()
    iterator = aiter(stream)
    try:
        async for chunk in iterator:
            body += to_bytes(chunk)
            _check(len(body))
            if loop.time() >= turn + _TURN:
                await asyncio.sleep(0)
                turn = loop.time()
    finally:
        aclose = getattr(iterator, "aclose", None)
        if aclose is not None:
            await aclose()
    return bytes(body)


def _read_sync(stream: Iterable[Chunk]) -> bytes:
    body = bytearray()
    iterator = iter(stream)
    try:
        for chunk in iterator:
            body += to_bytes(chunk)
            _check(len(body))
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()
    return bytes(body)


def _check(size: int) -> None:
    if size > LARGEST_BODY:
        raise ValueError(f"The answer is larger than {LARGEST_BODY >> 20} MB, so it cannot be kept.")
