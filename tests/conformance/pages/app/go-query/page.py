from collections.abc import Awaitable
from typing import NoReturn

from byway.navigation import redirect


async def page(search_params: Awaitable[dict[str, str]]) -> NoReturn:
    redirect("/target?to=" + (await search_params)["to"])
