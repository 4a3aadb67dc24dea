from byway.server import Response

dynamic = "force-static"


async def GET() -> Response:
    return Response(bytes([0, 1, 254, 255]), headers={"content-type": "application/x-four"})
