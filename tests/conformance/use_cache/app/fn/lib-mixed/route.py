from lib.mixed import cached, plain

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")
    kept = await cached(key)
    same = kept == await cached(key)
    return Response.json({"kept": kept, "same": same, "plainSame": await plain(key) == await plain(key)})
