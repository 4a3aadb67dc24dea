"""Headers of the request object, copied so that they can be changed."""

from byway.server import Headers, Request, Response


async def GET(request: Request) -> Response:
    request_headers = Headers(request.headers)
    request_headers.set("x-added", "yes")
    return Response.json({"added": request_headers.get("x-added"), "original": request.headers.get("x-added")})
