from lib.upstream import count

from byway.cache import unstable_cache
from byway.server import Request, Response


async def load(key: str, other: str) -> dict[str, int | str]:
    return {"n": await count(f"/count/{key}"), "other": other}


read = unstable_cache(load, ["keys"])


async def GET(request: Request) -> Response:
    query = request.url.search_params
    return Response.json(await read(query.get("key"), query.get("other")))
