import json
from collections.abc import Awaitable

from htpy import Element, pre


async def page(params: Awaitable[dict[str, str]]) -> Element:
    return pre[json.dumps(await params, separators=(",", ":"), ensure_ascii=False)]
