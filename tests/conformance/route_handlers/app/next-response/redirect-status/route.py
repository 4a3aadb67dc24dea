from byway.server import Response


async def GET() -> Response:
    return Response.redirect("https://example.com/a?b=c", 301)
