from byway.server import Response


async def GET() -> Response:
    raise RuntimeError("an answer that cannot be sent")
