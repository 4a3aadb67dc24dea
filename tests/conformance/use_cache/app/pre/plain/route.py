from byway.server import Response

revalidate = False


async def GET() -> Response:
    return Response.json({"always": "the same"})
