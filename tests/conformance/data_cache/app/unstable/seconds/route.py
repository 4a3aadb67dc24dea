from lib.upstream import count

from byway.cache import unstable_cache
from byway.server import Request, Response


async def load(key: str) -> int:
    return await count(f"/count/{key}")


read = unstable_cache(load, ["seconds"], revalidate=1)


async def GET(request: Request) -> Response:
    return Response.json({"n": await read(request.url.search_params.get("key"))})
