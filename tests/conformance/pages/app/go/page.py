from typing import NoReturn

from byway.navigation import redirect


def page() -> NoReturn:
    redirect("/target")
