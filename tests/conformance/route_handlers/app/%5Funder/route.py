from byway.server import Response


async def GET() -> Response:
    return Response("a segment that starts with an underscore")
