import random

from byway.cache import cache_life, use_cache
from byway.server import Request, Response


@use_cache
async def inner(key: str) -> float:
    cache_life("seconds")
    return random.random()


@use_cache
async def outer(key: str) -> dict[str, float]:
    return {"inner": await inner(key), "stamp": random.random()}


async def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")
    return Response.json(await outer(key))
