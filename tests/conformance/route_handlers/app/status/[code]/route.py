from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    code = int((await ctx.params)["code"])
    return Response(None if code in (204, 304) else f"status {code}", status=code)
