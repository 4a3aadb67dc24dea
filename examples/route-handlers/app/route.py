"""The index: a route handler may return HTML, or anything else."""

from pathlib import Path

from byway.server import Response

INDEX = Path(__file__).with_name("index.html").read_text(encoding="utf-8")


async def GET() -> Response:
    return Response(INDEX, headers={"Content-Type": "text/html; charset=utf-8"})
