from collections.abc import Awaitable

from htpy import Element, p

dynamic_params = False


def generate_static_params() -> list[dict[str, str]]:
    return [{"id": "a"}, {"id": "b"}]


async def page(params: Awaitable[dict[str, str]]) -> Element:
    return p["fixed ", (await params)["id"]]
