import random

from byway.server import Response

revalidate = 0


def GET() -> Response:
    return Response.json({"stamp": random.random()})
