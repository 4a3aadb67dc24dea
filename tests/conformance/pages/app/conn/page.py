import random

from htpy import Element, p

from byway.server import connection


async def page() -> Element:
    await connection()
    return p[f"{random.random():.16f}"]
