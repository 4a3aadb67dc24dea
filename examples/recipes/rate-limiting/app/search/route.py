"""Two handlers with one count: a client may make 20 requests in 10 seconds, whichever of the two it calls."""

from lib.rate_limit import rate_limit
from lib.sliding_window import SlidingWindow

from byway.server import Request, Response

WINDOW = SlidingWindow(20, 10)


@rate_limit(WINDOW)
async def GET(request: Request) -> Response:
    return Response.json({"q": request.url.search_params.get("q")})


@rate_limit(WINDOW)
async def POST(request: Request) -> Response:
    return Response.json(await request.json())
