from byway.server import Request, Response


async def GET(request: Request) -> Response:
    return Response(f"GET: {request.method}", headers={"x-handled-by": "GET"})


async def HEAD(request: Request) -> Response:
    return Response(None, headers={"x-handled-by": "HEAD"})


async def POST(request: Request) -> Response:
    return Response(f"POST: {request.method}", headers={"x-handled-by": "POST"})


async def PUT(request: Request) -> Response:
    return Response(f"PUT: {request.method}", headers={"x-handled-by": "PUT"})


async def PATCH(request: Request) -> Response:
    return Response(f"PATCH: {request.method}", headers={"x-handled-by": "PATCH"})


async def DELETE(request: Request) -> Response:
    return Response(f"DELETE: {request.method}", headers={"x-handled-by": "DELETE"})


async def OPTIONS(request: Request) -> Response:
    return Response(f"OPTIONS: {request.method}", headers={"x-handled-by": "OPTIONS"})
