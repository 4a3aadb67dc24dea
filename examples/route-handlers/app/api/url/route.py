"""The request's URL, parsed."""

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    url = request.url
    return Response.json({"origin": url.origin, "pathname": url.pathname, "search": url.search})
