import random

from byway.cache import cache_life, use_cache
from byway.server import Request, Response


@use_cache
async def read(key: str, slow: str) -> dict[str, object]:
    cache_life("hours" if slow == "yes" else "second")
    return {"key": key, "stamp": random.random()}


async def GET(request: Request) -> Response:
    query = request.url.search_params
    return Response.json(await read(query.get("key", ""), query.get("slow", "")))
