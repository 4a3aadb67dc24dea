import random

from byway.cache import use_cache
from byway.server import Request, Response


async def GET(request: Request) -> Response:
    query = request.url.search_params
    key = query.get("key")
    word = query.get("word")

    # key and word are closed over, and so part of the entry's key.
    @use_cache
    async def read(n: int) -> dict[str, object]:
        return {"key": key, "word": word, "n": n, "stamp": random.random()}

    return Response.json(await read(1))
