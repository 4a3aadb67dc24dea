from byway.server import Request, Response


async def GET(request: Request) -> Response:
    return Response.json({"method": request.method}, headers={"x-method": request.method})


async def POST(request: Request) -> Response:
    return Response.json({"method": request.method}, status=201, headers={"Location": "/api/get-post/1"})
