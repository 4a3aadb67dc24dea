from byway.server import Response

alt = "In a group"
content_type = "image/png"


def opengraph_image() -> Response:
    return Response("group og", headers={"content-type": "image/png"})
