import asyncio

from byway.server import Response

dynamic = "force-dynamic"


async def GET() -> Response:
    await asyncio.sleep(0.15)
    return Response("late")
