import random

from byway.server import Response


# The original sees at the build that this is another number each time. Here a file asks for prerendering, or not.
async def GET() -> Response:
    return Response.json({"stamp": random.random()})
