from typing import NoReturn

from byway.navigation import redirect

dynamic = "force-dynamic"


def page() -> NoReturn:
    redirect("https://other.example/x?y=1#z")
