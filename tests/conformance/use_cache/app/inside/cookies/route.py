from byway.cache import use_cache
from byway.headers import cookies
from byway.server import Request, Response


@use_cache
async def read(key: str) -> str | None:
    cookie = (await cookies()).get("a")
    return cookie and cookie.value


async def GET(request: Request) -> Response:
    return Response.json({"value": await read(request.url.search_params.get("key", ""))})
