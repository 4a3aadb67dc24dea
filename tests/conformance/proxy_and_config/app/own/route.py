from byway.server import Response


async def GET() -> Response:
    return Response(
        "own",
        headers={
            "Cache-Control": "max-age=5",
            "X-Config": "from handler",
            "X-Only": "handler",
            "Set-Cookie": "h=1; Path=/",
            "Vary": "Cookie",
        },
    )
