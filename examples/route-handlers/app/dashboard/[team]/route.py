"""One dynamic segment: /dashboard/1 gives {"team": "1"}."""

from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    return Response.json(await ctx.params)
