from htpy import div

from byway.og import ImageResponse

alt = "Drawn"
size = {"width": 120, "height": 63}
content_type = "image/png"


def opengraph_image() -> ImageResponse:
    return ImageResponse(div(style="width: 100%; height: 100%; background: white"), **size)
