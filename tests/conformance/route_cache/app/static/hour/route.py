import random

from byway.server import Response

revalidate = 3600


async def GET() -> Response:
    return Response.json({"stamp": random.random()})
