from byway.server import Response


async def GET() -> Response:
    secret = "the reason"
    raise ValueError(f"It failed for {secret}.")
