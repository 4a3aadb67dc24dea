from byway.server import Response

size = {"width": 180, "height": 180}
content_type = "image/png"


def apple_icon() -> Response:
    return Response("apple bytes", headers={"content-type": "image/png", "cache-control": "public, max-age=60"})
