import random

from byway.cache import use_cache
from byway.headers import draft_mode
from byway.server import Request, Response


@use_cache
async def read(key: str) -> dict[str, object]:
    return {"draft": (await draft_mode()).is_enabled, "stamp": random.random()}


async def GET(request: Request) -> Response:
    return Response.json({"value": await read(request.url.search_params.get("key", ""))})
