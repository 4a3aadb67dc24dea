"""The request body as JSON."""

from byway.server import Request, Response


async def POST(request: Request) -> Response:
    res = await request.json()
    return Response.json({"res": res})
