from collections.abc import Awaitable
from typing import Any

from byway.server import Response


def generate_image_metadata() -> list[dict[str, Any]]:
    return [
        {"id": "small", "size": {"width": 48, "height": 48}, "content_type": "image/png"},
        {"id": "medium", "size": {"width": 72, "height": 72}, "content_type": "image/webp"},
    ]


async def icon(id: Awaitable[str]) -> Response:
    return Response(f"icon {await id}", headers={"content-type": "image/png"})
