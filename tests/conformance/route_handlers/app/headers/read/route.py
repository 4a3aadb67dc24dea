from byway.headers import headers
from byway.server import Response


async def GET() -> Response:
    headers_list = await headers()
    return Response.json(
        {
            "referer": headers_list.get("referer"),
            "missing": headers_list.get("x-missing"),
            "has": headers_list.has("X-Custom"),
            "custom": headers_list.get("X-CUSTOM"),
            "names": [name for name in headers_list if name.startswith("x-custom")],
        }
    )
