from byway.server import Response


async def GET() -> Response:
    return Response.json({"error": "Internal Server Error"}, status=500, headers={"x-kind": "made"})
