from typing import NoReturn

from byway.navigation import forbidden


def page() -> NoReturn:
    forbidden()
