"""Five requests a minute for each client."""

from lib.rate_limit import rate_limit
from lib.sliding_window import SlidingWindow

from byway.server import Response


@rate_limit(SlidingWindow(5, 60))
async def GET() -> Response:
    return Response.json({"quote": "Simple things should be simple."})
