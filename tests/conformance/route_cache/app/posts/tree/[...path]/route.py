import random

from byway.server import Request, Response, RouteContext

dynamic_params = False


def generate_static_params() -> list[dict[str, list[str]]]:
    return [{"path": ["a"]}, {"path": ["a", "b"]}]


async def GET(_request: Request, ctx: RouteContext) -> Response:
    return Response.json({"path": (await ctx.params)["path"], "stamp": random.random()})
