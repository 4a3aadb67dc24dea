from byway.server import Request, Response


async def POST(request: Request) -> Response:
    text = await request.text()
    return Response.json({"length": len(text), "last": text[-5:]})
