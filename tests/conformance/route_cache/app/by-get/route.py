from byway.cache import revalidate_path
from byway.server import Request, Response


async def GET(request: Request) -> Response:
    revalidate_path(f"/isr/minute/{request.url.search_params.get('slug')}")
    return Response.json({"revalidated": True})
