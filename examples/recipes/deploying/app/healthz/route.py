"""GET /healthz: whether this instance can do its work, and which version of the app it is."""

import os

from byway.server import Response

VERSION = os.environ.get("APP_VERSION", "unknown")


async def GET() -> Response:
    return Response.json({"status": "ok", "version": VERSION}, headers={"cache-control": "no-store"})
