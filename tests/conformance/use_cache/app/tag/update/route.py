from byway.cache import update_tag
from byway.server import Request, Response


async def POST(request: Request) -> Response:
    try:
        update_tag(request.url.search_params.get("tag", ""))
    except Exception:
        return Response.json({"said": "refused"}, status=400)
    return Response.json({"said": "accepted"})
