from byway.server import Response

alt = "About Acme"
size = {"width": 1200, "height": 630}
content_type = "image/png"


def opengraph_image() -> Response:
    return Response("og bytes", headers={"content-type": "image/png"})
