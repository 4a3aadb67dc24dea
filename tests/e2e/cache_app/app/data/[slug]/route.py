from lib.origin import url_of

from byway import fetch
from byway.server import Request, Response, RouteContext


async def GET(_request: Request, ctx: RouteContext) -> Response:
    slug = (await ctx.params)["slug"]
    return Response.json(await (await fetch(url_of(slug), cache="force-cache", tags=[slug])).json())
