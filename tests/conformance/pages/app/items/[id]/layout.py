import json
from collections.abc import Awaitable

from htpy import Element, Node, div


async def layout(children: Node, params: Awaitable[dict[str, str]]) -> Element:
    return div(id="item")[json.dumps(await params, separators=(",", ":"), ensure_ascii=False), children]
