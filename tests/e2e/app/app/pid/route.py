import os

from byway.server import Response


async def GET() -> Response:
    return Response(str(os.getpid()))
