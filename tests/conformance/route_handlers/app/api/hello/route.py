from byway.server import Response


async def GET() -> Response:
    return Response.json({"message": "Hello World"})
