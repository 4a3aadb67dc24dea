"""Two dynamic segments: /shop/1/2 gives {"tag": "1", "item": "2"}."""

from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    return Response.json(await ctx.params)
