from byway.headers import headers
from byway.server import Response


async def GET() -> Response:
    headers_list = await headers()
    referer = headers_list.get("referer")
    return Response("Hello, Next.js!", status=200, headers={"referer": referer})
