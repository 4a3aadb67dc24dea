from byway.headers import headers
from byway.server import Response


async def GET() -> Response:
    headers_list = await headers()
    try:
        headers_list.set("x-a", "1")
    except TypeError as error:
        return Response.json({"message": str(error)})
    return Response("changed")
