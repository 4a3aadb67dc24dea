import asyncio
from collections.abc import AsyncIterator

from byway.server import Response


async def events() -> AsyncIterator[str]:
    for number in range(3):
        yield f"data: {number}\n\n"
        await asyncio.sleep(0.05)


async def GET() -> Response:
    return Response(events(), headers={"content-type": "text/event-stream", "cache-control": "no-store"})
