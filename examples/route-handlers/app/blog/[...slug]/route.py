"""A catch-all segment: /blog/1/2 gives {"slug": ["1", "2"]}."""

from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    return Response.json(await ctx.params)
