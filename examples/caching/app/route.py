"""The index, made by the build."""

from pathlib import Path

from byway.server import Response

dynamic = "force-static"


async def GET() -> Response:
    index = Path(__file__).with_name("index.html").read_text(encoding="utf-8")
    return Response(index, headers={"content-type": "text/html; charset=utf-8"})
