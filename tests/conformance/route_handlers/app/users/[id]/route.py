from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext["/users/[id]"]) -> Response:  # noqa: F722 - a route, not a type
    params = await ctx.params
    return Response.json({"id": params["id"]})
