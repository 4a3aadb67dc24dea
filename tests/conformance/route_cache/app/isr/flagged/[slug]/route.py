import random

from lib.log import flag

from byway.server import Request, Response, RouteContext

revalidate = 1


def generate_static_params() -> list[dict[str, str]]:
    return []


async def GET(_request: Request, ctx: RouteContext) -> Response:
    slug = (await ctx.params)["slug"]
    if flag(slug) == "throw":
        raise RuntimeError("no luck")
    if flag(slug) == "status":
        return Response.json({"failed": slug}, status=500)
    return Response.json({"slug": slug, "stamp": random.random()})
