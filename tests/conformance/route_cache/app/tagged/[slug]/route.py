import random

from byway.cache import unstable_cache
from byway.server import Request, Response, RouteContext

revalidate = 3600


def generate_static_params() -> list[dict[str, str]]:
    return []


# The data has its slug as tag, and so has the route that reads it.
async def GET(_request: Request, ctx: RouteContext) -> Response:
    slug = (await ctx.params)["slug"]

    async def load() -> float:
        return random.random()

    data = await unstable_cache(load, [slug], tags=[slug, "all-tagged"])()
    return Response.json({"slug": slug, "stamp": data})
