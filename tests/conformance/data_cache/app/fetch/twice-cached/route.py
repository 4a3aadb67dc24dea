import asyncio

from lib.upstream import count

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    path = f"/count/{request.url.search_params.get('key')}"
    return Response.json({"n": await asyncio.gather(*(count(path, cache="force-cache") for _ in range(3)))})
