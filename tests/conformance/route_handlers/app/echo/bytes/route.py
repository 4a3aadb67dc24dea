from byway.server import Request, Response


async def PUT(request: Request) -> Response:
    data = await request.bytes()
    return Response(data, headers={"Content-Type": "application/octet-stream", "x-size": str(len(data))})
