import random

from lib.log import flag

from byway.cache import use_cache
from byway.server import Request, Response


@use_cache
async def read(key: str) -> dict[str, object]:
    if flag(key) == "throw":
        raise RuntimeError("no luck")
    return {"key": key, "stamp": random.random()}


async def GET(request: Request) -> Response:
    try:
        return Response.json(await read(request.url.search_params.get("key", "")))
    except RuntimeError:
        return Response.json({"failed": True}, status=502)
