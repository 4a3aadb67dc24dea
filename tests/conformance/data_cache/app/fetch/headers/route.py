from lib.upstream import count

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    query = request.url.search_params
    headers: dict[str, str] = {}
    if word := query.get("word"):
        headers["x-word"] = word
    if auth := query.get("auth"):
        headers["authorization"] = f"Bearer {auth}"
    return Response.json({"n": await count(f"/count/{query.get('key')}", cache="force-cache", headers=headers)})
