from lib.data import first, second

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")
    return Response.json([await first(key), await second(key)])
