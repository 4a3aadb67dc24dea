from byway.cache import use_cache
from byway.headers import headers
from byway.server import Request, Response


@use_cache
async def read(key: str) -> str | None:
    return (await headers()).get("x-word")


async def GET(request: Request) -> Response:
    return Response.json({"value": await read(request.url.search_params.get("key", ""))})
