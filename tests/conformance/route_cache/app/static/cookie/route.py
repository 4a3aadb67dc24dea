import random

from byway.server import Response

dynamic = "force-static"


async def GET() -> Response:
    headers = {"set-cookie": "seen=1; Path=/; HttpOnly", "x-made": "once"}
    return Response.json({"stamp": random.random()}, headers=headers)
