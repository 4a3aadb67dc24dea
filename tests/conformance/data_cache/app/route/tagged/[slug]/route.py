from lib.upstream import count

from byway.server import Request, Response, RouteContext

revalidate = 3600


def generate_static_params() -> list[dict[str, str]]:
    return []


async def GET(_request: Request, ctx: RouteContext) -> Response:
    slug = (await ctx.params)["slug"]
    return Response.json({"n": await count(f"/count/{slug}", cache="force-cache", tags=[slug])})
