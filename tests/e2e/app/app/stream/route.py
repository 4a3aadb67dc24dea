import asyncio
from collections.abc import AsyncIterator

from byway.server import Response


async def parts() -> AsyncIterator[str]:
    for part in ("one ", "two ", "three"):
        yield part
        await asyncio.sleep(0.2)


async def GET() -> Response:
    return Response(parts(), headers={"content-type": "text/plain; charset=utf-8"})
