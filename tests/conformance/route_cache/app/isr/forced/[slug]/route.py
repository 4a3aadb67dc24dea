import random

from byway.server import Request, Response, RouteContext

dynamic = "force-static"


async def GET(request: Request, ctx: RouteContext) -> Response:
    slug = (await ctx.params)["slug"]
    return Response.json({"slug": slug, "search": request.url.search, "stamp": random.random()})
