import random

from byway.cache import cache_life, use_cache
from byway.server import Response

# May be prerendered as far as the file goes: the function's life is too short for it.
revalidate = False


@use_cache
async def read() -> float:
    cache_life(revalidate=60, expire=299)
    return random.random()


async def GET() -> Response:
    return Response.json({"stamp": await read()})
