import random

from lib.upstream import count

from byway.server import Response

revalidate = 60


async def GET() -> Response:
    await count("/count/no-store-route", cache="no-store")
    return Response.json({"made": random.random()})
