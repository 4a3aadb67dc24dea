import random

from byway.cache import use_cache
from byway.server import Request, Response


@use_cache
async def read(key: str, n: int, options: dict[str, list[str]]) -> dict[str, object]:
    return {"n": n, "options": options, "stamp": random.random()}


async def GET(request: Request) -> Response:
    query = request.url.search_params
    options = {"deep": [query.get("word", "")]}
    return Response.json(await read(query.get("key", ""), int(query.get("n", "0")), options))
