from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    params = await ctx.params
    return Response.json({"path": params.get("path"), "url": str(request.url), "pathname": request.url.pathname})
