from typing import NoReturn

from byway.navigation import unauthorized


def page() -> NoReturn:
    unauthorized()
