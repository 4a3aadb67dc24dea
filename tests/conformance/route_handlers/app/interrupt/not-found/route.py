from byway.navigation import not_found
from byway.server import Response


async def GET() -> Response:
    not_found()
