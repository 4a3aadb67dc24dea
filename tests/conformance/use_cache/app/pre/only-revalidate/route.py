import random

from byway.cache import cache_life, use_cache
from byway.server import Response

revalidate = False


@use_cache
async def read() -> float:
    cache_life("only_revalidate")
    return random.random()


async def GET() -> Response:
    return Response.json({"stamp": await read()})
