import random

from htpy import Element, p

revalidate = 2


def page() -> Element:
    return p[f"{random.random():.16f}"]
