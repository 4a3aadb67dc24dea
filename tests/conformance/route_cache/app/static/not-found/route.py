from byway.navigation import not_found
from byway.server import Response

dynamic = "force-static"


async def GET() -> Response:
    not_found()
