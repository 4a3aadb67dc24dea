from lib.upstream import count

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    query = request.url.search_params
    path = f"/count/{query.get('key')}?q={query.get('q')}"
    return Response.json({"n": await count(path, cache="force-cache")})
