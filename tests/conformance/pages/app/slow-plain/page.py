import asyncio

from htpy import Element, p

dynamic = "force-dynamic"


async def page() -> Element:
    await asyncio.sleep(0.4)
    return p["no loading file"]
