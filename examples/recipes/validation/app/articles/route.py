"""JSON into a msgspec struct."""

from lib.models import Article

from byway.server import Request, Response


async def POST(request: Request) -> Response:
    article = await request.json(Article)
    return Response.json(article, status=201)
