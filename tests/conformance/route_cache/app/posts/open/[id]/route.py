import random

from byway.server import Request, Response, RouteContext


def generate_static_params() -> list[dict[str, str]]:
    return [{"id": "one"}, {"id": "two"}]


async def GET(_request: Request, ctx: RouteContext) -> Response:
    return Response.json({"id": (await ctx.params)["id"], "stamp": random.random()})
