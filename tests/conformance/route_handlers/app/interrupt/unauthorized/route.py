from byway.navigation import unauthorized
from byway.server import Response


async def GET() -> Response:
    unauthorized()
