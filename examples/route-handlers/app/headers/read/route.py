"""Headers with headers(), which is read-only."""

from byway.headers import headers
from byway.server import Response


async def GET() -> Response:
    headers_list = await headers()
    return Response.json({"referer": headers_list.get("referer"), "user_agent": headers_list.get("user-agent")})
