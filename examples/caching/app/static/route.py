"""Made once, by the build."""

from datetime import UTC, datetime

from byway.server import Response

dynamic = "force-static"


async def GET() -> Response:
    return Response.json({"built": datetime.now(UTC)})
