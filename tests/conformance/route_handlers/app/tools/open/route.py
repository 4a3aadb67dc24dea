from byway.server import Response

from .._private.helper import helper


async def GET() -> Response:
    return Response(helper())
