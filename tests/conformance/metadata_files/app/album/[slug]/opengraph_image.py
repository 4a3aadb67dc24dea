from collections.abc import Awaitable
from typing import Any

from byway.server import Response


async def generate_image_metadata(params: Awaitable[dict[str, str]]) -> list[dict[str, Any]]:
    slug = (await params)["slug"]
    return [
        {
            "id": 1,
            "alt": f"First of {slug}",
            "size": {"width": 100, "height": 50},
            "content_type": "image/png",
        },
        {
            "id": 2,
            "alt": f"Second of {slug}",
            "size": {"width": 200, "height": 100},
            "content_type": "image/png",
        },
    ]


async def opengraph_image(params: Awaitable[dict[str, str]], id: Awaitable[int]) -> Response:
    body = f"album {(await params)['slug']} {await id}"
    return Response(body, headers={"content-type": "image/png"})
