import asyncio
from typing import NoReturn

from byway.navigation import not_found

dynamic = "force-dynamic"


async def page() -> NoReturn:
    await asyncio.sleep(0.5)
    not_found()
