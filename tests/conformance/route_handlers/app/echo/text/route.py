from byway.server import Request, Response


async def POST(request: Request) -> Response:
    return Response(await request.text())
