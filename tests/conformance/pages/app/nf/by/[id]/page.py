from collections.abc import Awaitable

from htpy import Element, p

from byway.navigation import not_found


async def page(params: Awaitable[dict[str, str]]) -> Element:
    id = (await params)["id"]
    if id == "0":
        not_found()
    return p["found ", id]
