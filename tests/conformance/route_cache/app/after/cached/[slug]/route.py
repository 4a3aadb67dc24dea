import random

from lib.log import write

from byway.server import Request, Response, RouteContext, after

revalidate = 60


def generate_static_params() -> list[dict[str, str]]:
    return []


async def GET(_request: Request, ctx: RouteContext) -> Response:
    slug = (await ctx.params)["slug"]
    after(lambda: write(slug, "generated"))
    return Response.json({"slug": slug, "stamp": random.random()})
