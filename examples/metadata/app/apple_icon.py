"""The icon on the home screens of phones."""

from lib.cards import app_icon

from byway.og import ImageResponse

size = {"width": 180, "height": 180}


def apple_icon() -> ImageResponse:
    return app_icon(size["width"])
