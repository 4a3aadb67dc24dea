from typing import NoReturn

from byway.navigation import permanent_redirect


def page() -> NoReturn:
    permanent_redirect("/target")
