import asyncio

from htpy import Element, p

from byway.metadata import Metadata

dynamic = "force-dynamic"


async def generate_metadata() -> Metadata:
    await asyncio.sleep(0.4)
    return {"title": "Slow title"}


def page() -> Element:
    return p["body first"]
