from lib.origin import load

from byway.cache import unstable_cache
from byway.server import Request, Response, RouteContext


async def GET(_request: Request, ctx: RouteContext) -> Response:
    slug = (await ctx.params)["slug"]
    return Response.json(await unstable_cache(load, tags=[slug])(slug))
