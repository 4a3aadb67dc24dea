from byway.server import Request, Response


async def POST(request: Request) -> Response:
    return Response.json({"seen": request.headers.get("x-seen"), "body": await request.text()})
