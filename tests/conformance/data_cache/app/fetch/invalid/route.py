import math

from lib.upstream import count

from byway.server import Request, Response

VALUES = {"text": "soon", "negative": -1, "null": None, "nan": math.nan}


async def GET(request: Request) -> Response:
    query = request.url.search_params
    revalidate = VALUES[query.get("value", "")]
    try:
        return Response.json({"n": await count(f"/count/{query.get('key')}", revalidate=revalidate)})
    except Exception:
        return Response.json({"refused": True}, status=400)
