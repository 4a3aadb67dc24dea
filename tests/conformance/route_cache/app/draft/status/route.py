from byway.headers import draft_mode
from byway.server import Response


async def GET() -> Response:
    return Response.json({"enabled": (await draft_mode()).is_enabled})
