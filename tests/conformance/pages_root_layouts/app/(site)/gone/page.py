from typing import NoReturn

from byway.navigation import not_found

dynamic = "force-dynamic"


def page() -> NoReturn:
    not_found()
