import random

from byway.server import Request, Response

revalidate = False


async def GET(request: Request) -> Response:
    return Response.json({"q": request.url.search_params.get("q"), "stamp": random.random()})
