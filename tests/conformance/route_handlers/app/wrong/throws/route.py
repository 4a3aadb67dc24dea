from byway.server import Response


async def GET() -> Response:
    raise RuntimeError("secret detail")
