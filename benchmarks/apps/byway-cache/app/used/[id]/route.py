from byway.cache import cache_life, use_cache
from byway.server import Request, Response, RouteContext


@use_cache
async def read_item(item_id: str, q: str | None) -> dict[str, str | None]:
    cache_life("max")
    return {"id": item_id, "q": q}


async def GET(request: Request, ctx: RouteContext) -> Response:
    params = await ctx.params
    return Response.json(await read_item(params["id"], request.url.search_params.get("q")))
