from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    return Response.json({"route": "/dashboard/[team]", "params": await ctx.params})
