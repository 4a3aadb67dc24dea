import random

from byway.server import Response, connection

revalidate = 60


async def GET() -> Response:
    await connection()
    return Response.json({"stamp": random.random()})
