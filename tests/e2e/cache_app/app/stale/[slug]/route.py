from lib.origin import load

from byway.server import Request, Response, RouteContext

revalidate = 3


def generate_static_params() -> list[dict[str, str]]:
    return []


async def GET(_request: Request, ctx: RouteContext) -> Response:
    return Response.json(await load((await ctx.params)["slug"]))
