from collections.abc import Awaitable

from htpy import Element, i, main
from lib.upstream import count


async def number(path: str) -> Element:
    return i[await count(path)]


async def page(search_params: Awaitable[dict[str, str]]) -> Element:
    path = f"/count/{(await search_params)['key']}"
    return main[number(path), number(path), number(f"{path}-b")]
