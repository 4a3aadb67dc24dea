"""GET /api/stats: a plain GET needs no preflight."""

from lib.cors import cors

from byway.server import Response


@cors
async def GET() -> Response:
    return Response.json({"books": 1})
