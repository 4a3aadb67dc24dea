from typing import NoReturn

from byway.navigation import redirect


def layout() -> NoReturn:
    redirect("/from-layout")
