from collections.abc import Awaitable

from htpy import Element, p


async def page(params: Awaitable[dict[str, str]]) -> Element:
    return p["tab ", (await params)["tab"]]
