from lib.marks import mark

from byway.server import Request, Response


async def POST(request: Request) -> Response:
    mark("body wanted")
    return Response.json({"size": len(await request.bytes())})
