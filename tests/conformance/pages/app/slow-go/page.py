import asyncio
from typing import NoReturn

from byway.navigation import redirect

dynamic = "force-dynamic"


async def page() -> NoReturn:
    await asyncio.sleep(0.5)
    redirect("/target")
