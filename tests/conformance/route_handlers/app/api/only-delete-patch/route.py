from collections.abc import Awaitable, Callable

from byway.server import Request, Response


async def DELETE() -> Response:
    return Response(None, status=204)


def echo(key: str) -> Callable[[Request], Awaitable[Response]]:
    async def handler(request: Request) -> Response:
        return Response.json({key: await request.json()})

    return handler


PATCH = echo("patched")
