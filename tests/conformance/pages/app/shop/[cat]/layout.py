from collections.abc import Awaitable

from htpy import Element, Node, div


def generate_static_params() -> list[dict[str, str]]:
    return [{"cat": "hats"}]


async def layout(children: Node, params: Awaitable[dict[str, str]]) -> Element:
    return div(id=(await params)["cat"])[children]
