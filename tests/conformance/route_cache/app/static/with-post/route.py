import random

from byway.server import Request, Response

dynamic = "force-static"


async def GET(request: Request) -> Response:
    return Response.json({"search": request.url.search, "stamp": random.random()})


async def POST() -> Response:
    return Response.json({"posted": True}, status=201)
