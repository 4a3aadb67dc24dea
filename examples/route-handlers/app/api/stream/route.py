"""Streaming: whatever an iterator yields is sent at once."""

import asyncio
from collections.abc import AsyncIterator

from byway.server import Response


async def make_iterator() -> AsyncIterator[str]:
    yield "<p>One</p>"
    await asyncio.sleep(0.2)
    yield "<p>Two</p>"
    await asyncio.sleep(0.2)
    yield "<p>Three</p>"


async def GET() -> Response:
    return Response(make_iterator(), headers={"Content-Type": "text/html; charset=utf-8"})
