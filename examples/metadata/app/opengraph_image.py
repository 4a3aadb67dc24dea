"""The picture of every page that has none of its own."""

from lib.cards import SHARE_SIZE, card
from lib.shop import ORIGIN, SLOGAN

from byway.og import ImageResponse

alt = f"A pencil on yellow, and the words: {SLOGAN}"
size = SHARE_SIZE


def opengraph_image() -> ImageResponse:
    return card(SLOGAN, ORIGIN.removeprefix("https://"))
