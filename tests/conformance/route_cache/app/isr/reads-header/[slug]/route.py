import random

from byway.server import Request, Response, RouteContext

revalidate = 60


def generate_static_params() -> list[dict[str, str]]:
    return []


async def GET(request: Request, ctx: RouteContext) -> Response:
    request.headers.get("x-word")
    return Response.json({"slug": (await ctx.params)["slug"], "stamp": random.random()})
