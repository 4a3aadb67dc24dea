from byway.cache import update_tag
from byway.server import Response


async def POST() -> Response:
    update_tag("a")
    return Response.json({"said": "accepted"})
