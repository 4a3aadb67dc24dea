from byway.cache import unstable_cache
from byway.headers import cookies
from byway.server import Request, Response


async def load(key: str) -> str | None:
    cookie = (await cookies()).get("a")
    return cookie and cookie.value


read = unstable_cache(load, ["cookies"])


async def GET(request: Request) -> Response:
    return Response.json({"a": await read(request.url.search_params.get("key"))})
