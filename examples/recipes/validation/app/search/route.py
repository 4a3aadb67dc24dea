"""The query string into a struct."""

from lib.models import Search
from lib.query import query

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    return Response.json(query(request, Search))
