from typing import NoReturn

from byway.navigation import not_found


def layout() -> NoReturn:
    not_found()
