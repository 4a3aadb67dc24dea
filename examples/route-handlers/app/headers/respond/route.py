"""To set headers, return a new Response with new headers; one that is None is left out."""

from byway.headers import headers
from byway.server import Response


async def GET() -> Response:
    headers_list = await headers()
    referer = headers_list.get("referer")
    return Response("Hello, Byway!", status=200, headers={"referer": referer})
