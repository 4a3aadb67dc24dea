import asyncio
import random

from byway.cache import use_cache
from byway.server import Request, Response


@use_cache
async def read(key: str) -> float:
    await asyncio.sleep(0.05)
    return random.random()


async def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")
    first = await read(key)
    values = await asyncio.gather(read(key), read(key), read(key))
    return Response.json({"same": all(value == first for value in values)})
