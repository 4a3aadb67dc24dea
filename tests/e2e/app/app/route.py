from pathlib import Path

from byway.server import Response

PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")


async def GET() -> Response:
    return Response(PAGE, headers={"content-type": "text/html; charset=utf-8"})
