import asyncio

from byway.server import Response

max_duration = 1


async def GET() -> Response:
    await asyncio.sleep(1.5)
    return Response.json({"done": True})
