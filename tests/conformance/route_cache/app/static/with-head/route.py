import random

from byway.server import Response

dynamic = "force-static"


async def GET() -> Response:
    return Response.json({"stamp": random.random()}, headers={"x-by": "get"})


async def HEAD() -> Response:
    return Response(headers={"x-by": "head"})
