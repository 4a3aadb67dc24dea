import json
from collections.abc import Awaitable

from htpy import Element, p


def generate_static_params(params: dict[str, str]) -> list[dict[str, str]]:
    return [{"item": f"{params['cat']}-1"}, {"item": f"{params['cat']}-2"}]


async def page(params: Awaitable[dict[str, str]]) -> Element:
    return p[json.dumps(await params, separators=(",", ":"), ensure_ascii=False)]
