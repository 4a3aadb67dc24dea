from lib.upstream import count

from byway.server import Request, Response, RouteContext

revalidate = 60


def generate_static_params() -> list[dict[str, str]]:
    return []


async def GET(_request: Request, ctx: RouteContext) -> Response:
    path = f"/count/{(await ctx.params)['slug']}"
    return Response.json({"n": await count(path, revalidate=600)})
