import random

from byway.server import Request, Response


async def read(key: str) -> dict[str, object]:
    return {"key": key, "stamp": random.random()}


async def GET(request: Request) -> Response:
    return Response.json(await read(request.url.search_params.get("key", "")))
