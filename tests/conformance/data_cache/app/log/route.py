"""Reads and empties the log of one key."""

from lib.log import drain

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    return Response.json({"log": drain(request.url.search_params.get("key", ""))})
