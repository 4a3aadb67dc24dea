from collections.abc import Awaitable

from byway.server import Response

alt = "One product"
size = {"width": 600, "height": 300}
content_type = "text/plain"


async def opengraph_image(params: Awaitable[dict[str, str]]) -> Response:
    return Response(f"image of {(await params)['slug']}", headers={"content-type": "text/plain"})
