from byway.headers import draft_mode
from byway.server import Response


async def GET() -> Response:
    draft = await draft_mode()
    before = draft.is_enabled
    draft.enable()
    return Response.json({"before": before, "after": draft.is_enabled})
