from byway.headers import draft_mode
from byway.server import Response


async def GET() -> Response:
    (await draft_mode()).enable()
    return Response("on")
