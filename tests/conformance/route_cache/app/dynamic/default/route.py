import random

from byway.server import Response


def GET() -> Response:
    return Response.json({"stamp": random.random()})
