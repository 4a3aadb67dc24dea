"""Leaves draft mode."""

from byway.headers import draft_mode
from byway.server import Response


async def GET() -> Response:
    draft_mode().disable()
    return Response("Draft mode is off.")
