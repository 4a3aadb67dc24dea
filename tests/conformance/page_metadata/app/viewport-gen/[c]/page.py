from collections.abc import Awaitable

from htpy import Element, p

from byway.metadata import Viewport


async def generate_viewport(params: Awaitable[dict[str, str]]) -> Viewport:
    return {"theme_color": (await params)["c"], "user_scalable": True}


def page() -> Element:
    return p["p"]
