from lib.upstream import url

from byway import fetch
from byway.server import Request, Response


async def GET(request: Request) -> Response:
    answer = await fetch(url(f"/bytes/{request.url.search_params.get('key')}"), cache="force-cache")
    return Response.json({"bytes": list(await answer.bytes())})
