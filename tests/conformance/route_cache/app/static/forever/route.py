import random

from byway.server import Response

revalidate = False


def GET() -> Response:
    return Response.json({"stamp": random.random()})
