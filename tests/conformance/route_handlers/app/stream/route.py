import asyncio
from collections.abc import AsyncIterator

from byway.server import Response


async def make_iterator() -> AsyncIterator[bytes]:
    yield b"<p>One</p>"
    await asyncio.sleep(0.2)
    yield b"<p>Two</p>"
    await asyncio.sleep(0.2)
    yield b"<p>Three</p>"


async def GET() -> Response:
    return Response(make_iterator())
