from lib.upstream import count

from byway.cache import unstable_cache
from byway.server import Request, Response


async def load(key: str) -> int:
    n = await count(f"/count/{key}")
    if n == 1:
        raise RuntimeError("first time")
    return n


read = unstable_cache(load, ["throws"])


async def GET(request: Request) -> Response:
    try:
        return Response.json({"n": await read(request.url.search_params.get("key"))})
    except RuntimeError as error:
        return Response.json({"error": str(error)}, status=500)
