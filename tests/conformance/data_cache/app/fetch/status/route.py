from lib.upstream import url

from byway import fetch
from byway.server import Request, Response


async def GET(request: Request) -> Response:
    query = request.url.search_params
    answer = await fetch(url(f"/status/{query.get('status')}/{query.get('key')}"), cache="force-cache")
    return Response.json({"status": answer.status, "n": (await answer.json())["n"]})
