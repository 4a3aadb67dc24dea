"""One item; its share image is drawn by opengraph_image.py beside this file."""

from collections.abc import Awaitable

from htpy import Element, h1, img, p
from lib.shop import find_item

from byway.navigation import not_found


async def page(params: Awaitable[dict[str, str]]) -> list[Element]:
    item = find_item((await params)["slug"])
    if item is None:
        not_found()
    return [h1[item.title], p[item.line], img(src=f"/items/{item.slug}/opengraph-image", alt="")]
