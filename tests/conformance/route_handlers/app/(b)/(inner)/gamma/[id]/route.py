from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    return Response.json({"route": "/(b)/(inner)/gamma/[id]", "params": await ctx.params})
