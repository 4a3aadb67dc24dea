from byway.cache import cache_life, cache_tag
from byway.server import Request, Response


async def GET(request: Request) -> Response:
    try:
        if request.url.search_params.get("what") == "tag":
            cache_tag("a")
        else:
            cache_life("hours")
    except Exception:
        return Response.json({"said": "refused"})
    return Response.json({"said": "accepted"})
