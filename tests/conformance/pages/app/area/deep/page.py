from typing import NoReturn

from byway.navigation import forbidden

dynamic = "force-dynamic"


def page() -> NoReturn:
    forbidden()
