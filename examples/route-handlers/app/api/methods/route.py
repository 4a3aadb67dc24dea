"""One function for each HTTP method. HEAD runs GET, and OPTIONS, with its Allow header, comes by itself."""

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    return Response(f"{request.method}: read")


async def POST(request: Request) -> Response:
    return Response(f"{request.method}: created", status=201)


async def PUT(request: Request) -> Response:
    return Response(f"{request.method}: replaced")


async def PATCH(request: Request) -> Response:
    return Response(f"{request.method}: changed")


async def DELETE() -> Response:
    return Response(status=204)
