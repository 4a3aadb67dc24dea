from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    params = await ctx.params
    # The original has nothing here, Byway an empty dict: anything else must not pass for it.
    return Response.json({"params": None if params == {} else repr(params)})
