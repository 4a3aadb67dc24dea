from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    params = await ctx.params
    return Response.json({"id": params["id"], "q": request.url.search_params.get("q")})
