"""A picture for each item: the build draws those of generate_static_params, a visit any other."""

from collections.abc import Awaitable

from lib.cards import SHARE_SIZE, card
from lib.shop import ITEMS, find_item

from byway.navigation import not_found
from byway.og import ImageResponse

alt = "What Pencil & Paper sells"
size = SHARE_SIZE


def generate_static_params() -> list[dict[str, str]]:
    return [{"slug": item.slug} for item in ITEMS]


async def opengraph_image(params: Awaitable[dict[str, str]]) -> ImageResponse:
    item = find_item((await params)["slug"])
    if item is None:
        not_found()
    return card(item.title, item.line, item.colour)
