from byway.cache import revalidate_tag, use_cache
from byway.server import Request, Response


@use_cache
async def read(key: str) -> None:
    return revalidate_tag(key, "max")


async def GET(request: Request) -> Response:
    return Response.json({"value": await read(request.url.search_params.get("key", ""))})
