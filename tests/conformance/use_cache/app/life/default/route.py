import random

from byway.cache import use_cache
from byway.server import Request, Response


@use_cache
async def read(key: str) -> dict[str, object]:
    return {"key": key, "stamp": random.random()}


async def GET(request: Request) -> Response:
    return Response.json(await read(request.url.search_params.get("key", "")))
