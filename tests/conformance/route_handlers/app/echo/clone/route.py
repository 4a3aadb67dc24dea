from byway.server import Request, Response


async def POST(request: Request) -> Response:
    copy = request.clone()
    return Response.json({"json": await request.json(), "text": await copy.text()})
