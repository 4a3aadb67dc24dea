from byway.cache import use_cache
from byway.server import Request, Response, connection


@use_cache
async def read(key: str) -> None:
    return await connection()


async def GET(request: Request) -> Response:
    return Response.json({"value": await read(request.url.search_params.get("key", ""))})
