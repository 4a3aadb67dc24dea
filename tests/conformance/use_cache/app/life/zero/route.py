import random

from byway.cache import cache_life, use_cache
from byway.server import Request, Response


@use_cache
async def read(key: str) -> dict[str, object]:
    cache_life({"revalidate": 0})
    return {"key": key, "stamp": random.random()}


async def GET(request: Request) -> Response:
    return Response.json(await read(request.url.search_params.get("key", "")))
