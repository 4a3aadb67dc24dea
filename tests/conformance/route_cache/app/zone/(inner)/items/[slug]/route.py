import random

from byway.server import Request, Response, RouteContext

revalidate = 3600


def generate_static_params() -> list[dict[str, str]]:
    return []


async def GET(_request: Request, ctx: RouteContext) -> Response:
    return Response.json({"slug": (await ctx.params)["slug"], "stamp": random.random()})
