import random

from byway.server import Response, connection

dynamic = "force-static"


async def GET() -> Response:
    await connection()
    return Response.json({"stamp": random.random()})
