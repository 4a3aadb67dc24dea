import random

from byway.server import Request, Response

revalidate = 60


async def GET(request: Request) -> Response:
    return Response.json({"word": request.headers.get("x-word"), "stamp": random.random()})
