from byway.navigation import forbidden
from byway.server import Response


async def GET() -> Response:
    forbidden()
