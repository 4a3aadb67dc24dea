import random

from byway.cache import cache_life, use_cache
from byway.server import Request, Response, RouteContext


def generate_static_params() -> list[dict[str, str]]:
    return [{"id": "one"}]


@use_cache
async def read(id: str) -> dict[str, object]:
    cache_life("second")
    return {"id": id, "stamp": random.random()}


async def GET(_request: Request, ctx: RouteContext) -> Response:
    return Response.json(await read((await ctx.params)["id"]))
