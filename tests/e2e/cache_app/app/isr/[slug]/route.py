from lib.marks import mark
from lib.origin import url_of

from byway import fetch
from byway.server import Request, Response, RouteContext

revalidate = 3600


def generate_static_params() -> list[dict[str, str]]:
    return []


async def GET(_request: Request, ctx: RouteContext) -> Response:
    slug = (await ctx.params)["slug"]
    mark(f"isr {slug}")
    answer = await fetch(url_of(slug), cache="force-cache", tags=[slug])
    return Response.json(await answer.json())
