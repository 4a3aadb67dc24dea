from byway.server import Response


def opengraph_image() -> Response:
    return Response("x", headers={"content-type": "image/png"})
