import json
from collections.abc import Awaitable
from typing import Any

from htpy import Element, pre


async def page(params: Awaitable[dict[str, str]], search_params: Awaitable[dict[str, Any]]) -> Element:
    shown = {"params": await params, "query": await search_params}
    return pre[json.dumps(shown, separators=(",", ":"), ensure_ascii=False)]
