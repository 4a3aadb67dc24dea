import random

from htpy import Element, p


def page() -> Element:
    return p[f"{random.random():.16f}"]
