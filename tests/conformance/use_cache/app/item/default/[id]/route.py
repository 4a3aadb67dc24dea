import random

from byway.cache import use_cache
from byway.server import Request, Response, RouteContext


def generate_static_params() -> list[dict[str, str]]:
    return [{"id": "one"}]


@use_cache
async def read(id: str) -> dict[str, object]:
    return {"id": id, "stamp": random.random()}


async def GET(_request: Request, ctx: RouteContext) -> Response:
    return Response.json(await read((await ctx.params)["id"]))
