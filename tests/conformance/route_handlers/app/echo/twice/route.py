from byway.server import Request, Response


async def POST(request: Request) -> Response:
    first = await request.text()
    try:
        await request.text()
    except Exception as error:
        return Response.json({"first": first, "error": type(error).__name__, "bodyUsed": request.body_used})
    return Response("read twice")
