from typing import Any

from lib import origin

from byway.cache import cache_life, cache_tag, use_cache
from byway.server import Request, Response, RouteContext


@use_cache
async def load(slug: str) -> Any:
    cache_life("hours")
    cache_tag(slug)
    return await origin.load(slug)


async def GET(_request: Request, ctx: RouteContext) -> Response:
    return Response.json(await load((await ctx.params)["slug"]))
