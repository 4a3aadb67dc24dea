import random

from byway.server import Response

dynamic = "force-static"


async def GET() -> Response:
    return Response.json({"missing": True, "stamp": random.random()}, status=404)
