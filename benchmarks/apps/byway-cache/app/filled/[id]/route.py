from byway.server import Request, Response, RouteContext

dynamic = "force-static"


async def GET(request: Request, ctx: RouteContext) -> Response:
    """About a kilobyte, another one for each path."""
    params = await ctx.params
    return Response((params["id"] + " ").ljust(1_000, "."))
