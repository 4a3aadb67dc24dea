from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    return Response.json({"route": "/q/[one]", "params": await ctx.params})
