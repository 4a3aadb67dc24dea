from byway.server import Response


async def POST() -> Response:
    return Response("posted")
