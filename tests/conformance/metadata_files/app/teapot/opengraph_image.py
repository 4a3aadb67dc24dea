from byway.headers import headers
from byway.server import Response


async def opengraph_image() -> Response:
    asked_by = (await headers()).get("x-who")
    return Response(f"asked by {asked_by}", status=203, headers={"content-type": "text/plain", "x-extra": "yes"})
