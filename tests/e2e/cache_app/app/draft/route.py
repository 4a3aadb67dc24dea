from byway.headers import draft_mode
from byway.server import Response


async def GET() -> Response:
    return Response.json({"is_enabled": (await draft_mode()).is_enabled})


async def POST() -> Response:
    (await draft_mode()).enable()
    return Response()


async def DELETE() -> Response:
    (await draft_mode()).disable()
    return Response()
