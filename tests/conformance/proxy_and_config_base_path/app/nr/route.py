from byway.server import URL, Request, Response


async def GET(request: Request) -> Response:
    return Response.redirect(URL("/base/items", request.url))
