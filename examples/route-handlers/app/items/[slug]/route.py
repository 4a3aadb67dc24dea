"""A page of data for each slug: 'a', 'b' or 'c'; any other is a 404."""

from byway.navigation import not_found
from byway.server import Request, Response, RouteContext

ITEMS = {"a": "Apple", "b": "Bicycle", "c": "Cello"}


async def GET(request: Request, ctx: RouteContext) -> Response:
    slug = (await ctx.params)["slug"]
    if slug not in ITEMS:
        not_found()
    return Response.json({"slug": slug, "name": ITEMS[slug]})
