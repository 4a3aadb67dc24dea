"""Fetches with POST and the given body; cached=1 asks for force-cache, secs=N for a revalidate."""

from typing import Any

from lib.upstream import count

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    query = request.url.search_params
    options: dict[str, Any] = {"method": "POST", "body": query.get("body", "a")}
    if query.has("cached"):
        options["cache"] = "force-cache"
    if secs := query.get("secs"):
        options["revalidate"] = int(secs)
    return Response.json({"n": await count(f"/count/{query.get('key')}", **options)})


POST = GET
