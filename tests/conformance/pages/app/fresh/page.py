import random

from htpy import Element, p

dynamic = "force-dynamic"


def page() -> Element:
    return p[f"{random.random():.16f}"]
