import random

from byway.server import Response

dynamic = "force-dynamic"


def GET() -> Response:
    return Response.json({"stamp": random.random()})
