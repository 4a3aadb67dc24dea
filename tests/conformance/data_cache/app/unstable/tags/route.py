from lib.upstream import count

from byway.cache import unstable_cache
from byway.server import Request, Response


async def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")

    async def load() -> int:
        return await count(f"/count/{key}")

    read = unstable_cache(load, [key], tags=[f"t-{key}"])
    return Response.json({"n": await read()})
