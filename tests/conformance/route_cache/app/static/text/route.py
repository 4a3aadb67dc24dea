import random

from byway.server import Response

dynamic = "force-static"


async def GET() -> Response:
    return Response(f"plain words {random.random():.16f}")
