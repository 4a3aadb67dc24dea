from byway.server import Response


async def GET() -> Response:
    return Response("<f/>", headers={"content-type": "text/xml"})
