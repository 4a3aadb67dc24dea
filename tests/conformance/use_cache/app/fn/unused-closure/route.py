import random

from byway.cache import use_cache
from byway.server import Request, Response


async def GET(request: Request) -> Response:
    query = request.url.search_params
    key = query.get("key")
    other = query.get("other")

    @use_cache
    async def read() -> dict[str, object]:
        return {"key": key, "stamp": random.random()}

    return Response.json({**await read(), "other": other})
