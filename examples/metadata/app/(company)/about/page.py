"""A page in a route group, whose share image lies beside the folder."""

from htpy import Element, h1, p
from lib.shop import NAME


def page() -> list[Element]:
    return [h1["About"], p[f"{NAME} has been at the same corner since 1921."]]
