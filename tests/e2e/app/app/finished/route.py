"""Keeps a page loading (GET) until its script has finished (POST)."""

import asyncio

from byway.server import Response

finished = asyncio.Event()


async def GET() -> Response:
    async with asyncio.timeout(30):
        await finished.wait()
    finished.clear()
    return Response(status=204)


async def POST() -> Response:
    finished.set()
    return Response(status=204)
