import random

from byway.server import Request, Response, RouteContext

revalidate = 60


async def GET(_request: Request, ctx: RouteContext) -> Response:
    return Response.json({"slug": (await ctx.params)["slug"], "stamp": random.random()})
