from lib.upstream import count

from byway.cache import unstable_cache
from byway.server import Request, Response


# The key of the upstream is closed over: key_parts must name it.
async def GET(request: Request) -> Response:
    query = request.url.search_params
    key = query.get("key", "")

    async def load() -> int:
        return await count(f"/count/{key}")

    read = unstable_cache(load, [key, query.get("part", "")])
    return Response.json({"n": await read()})
