from typing import NoReturn

dynamic = "force-dynamic"


def page() -> NoReturn:
    raise RuntimeError("secret detail")
