import asyncio
from collections.abc import AsyncIterator

from lib.marks import mark

from byway.server import Response


async def ticks() -> AsyncIterator[str]:
    mark("stream begun")
    try:
        while True:
            yield "tick\n"
            await asyncio.sleep(0.02)
    finally:
        mark("stream closed")


async def GET() -> Response:
    return Response(ticks())
