"""CORS headers, and the answer to a browser's preflight request."""

from byway.server import Response

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Authorization",
}


async def GET() -> Response:
    return Response("Hello, Byway!", status=200, headers=CORS)


async def OPTIONS() -> Response:
    return Response(status=204, headers=CORS)
