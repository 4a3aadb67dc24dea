import random

from byway.server import Response

dynamic = "error"


def GET() -> Response:
    return Response.json({"stamp": random.random()})
