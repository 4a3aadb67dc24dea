from typing import NoReturn

from htpy import Element, p

from byway.navigation import not_found


async def generate_metadata() -> NoReturn:
    not_found()


def page() -> Element:
    return p["x"]
