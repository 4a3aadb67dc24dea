import asyncio

from lib.marks import mark

from byway.server import Response, after


async def afterwards() -> None:
    await asyncio.sleep(0.5)
    mark("after")


async def GET() -> Response:
    after(afterwards)
    mark("begun")
    await asyncio.sleep(1)
    return Response("done")
