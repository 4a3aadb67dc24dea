from typing import NoReturn

from byway.navigation import not_found


def page() -> NoReturn:
    not_found()
