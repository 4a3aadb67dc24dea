from byway.server import Response


async def GET() -> Response:
    return Response("known")
