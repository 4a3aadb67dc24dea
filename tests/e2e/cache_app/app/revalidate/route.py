from byway.cache import revalidate_path, revalidate_tag
from byway.server import Request, Response


async def POST(request: Request) -> Response:
    asked = await request.json()
    if "tag" in asked:
        revalidate_tag(asked["tag"], asked.get("profile"))
    else:
        revalidate_path(asked["path"], asked.get("type"))
    return Response.json({})
