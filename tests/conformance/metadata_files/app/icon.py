from byway.server import Response

size = {"width": 32, "height": 32}
content_type = "image/svg+xml"


def icon() -> Response:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"/>'
    return Response(svg, headers={"content-type": "image/svg+xml"})
