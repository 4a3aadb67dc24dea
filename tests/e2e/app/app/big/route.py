from collections.abc import AsyncIterator

from lib.marks import mark

from byway.server import Response

MEGABYTE = 1 << 20


async def chunks() -> AsyncIterator[bytes]:
    for number in range(200):
        if number % 20 == 0:
            mark(f"{number} MB")
        yield bytes([number]) * MEGABYTE


async def GET() -> Response:
    return Response(chunks(), headers={"content-length": str(200 * MEGABYTE)})
