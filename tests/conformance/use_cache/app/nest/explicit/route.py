import random

from byway.cache import cache_life, use_cache
from byway.server import Request, Response


@use_cache
async def inner(key: str) -> float:
    cache_life(revalidate=1, expire=600)
    return random.random()


@use_cache
async def outer(key: str) -> dict[str, float]:
    cache_life("hours")
    return {"inner": await inner(key), "stamp": random.random()}


async def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")
    return Response.json({"stamp": (await outer(key))["stamp"]})
