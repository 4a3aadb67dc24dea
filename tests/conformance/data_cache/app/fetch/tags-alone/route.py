from lib.upstream import count

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    key = request.url.search_params.get("key")
    return Response.json({"n": await count(f"/count/{key}", tags=[key])})
