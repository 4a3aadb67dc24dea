"""Made anew in the background, at most every five seconds."""

from datetime import UTC, datetime

from byway.server import Response

revalidate = 5


async def GET() -> Response:
    return Response.json({"now": datetime.now(UTC)})
