"""The route context helper: RouteContext names the route that its params come from."""

from typing import Literal

from byway.server import Request, Response, RouteContext


async def GET(_request: Request, ctx: RouteContext[Literal["/users/[id]"]]) -> Response:
    params = await ctx.params
    return Response.json({"id": params["id"]})
