import random

from byway.cache import cache_life, use_cache
from byway.server import Response

revalidate = False


@use_cache
async def slow() -> float:
    cache_life("max")
    return random.random()


@use_cache
async def quick() -> float:
    cache_life("hours")
    return random.random()


async def GET() -> Response:
    return Response.json({"stamp": await slow() + await quick()})
