from byway.server import Response


async def GET() -> Response:
    return Response.json([1, "two", None, {"three": True, "ключ": "é"}])
