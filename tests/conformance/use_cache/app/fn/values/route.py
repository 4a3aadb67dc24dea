import random

from byway.cache import use_cache
from byway.server import Request, Response


@use_cache
async def read(key: str) -> dict[str, object]:
    return {
        "list": [1, "two", None, True],
        "text": "é",
        "nested": {"a": {"b": []}},
        "number": 1.5,
        "stamp": random.random(),
    }


async def GET(request: Request) -> Response:
    return Response.json(await read(request.url.search_params.get("key", "")))
