import random

from byway.cache import cache_life, use_cache
from byway.server import Request, Response

revalidate = False


@use_cache
async def read() -> float:
    cache_life("hours")
    return random.random()


async def GET(request: Request) -> Response:
    return Response.json({"word": request.headers.get("x-word"), "stamp": await read()})
