from htpy import Element, p


def forbidden() -> Element:
    return p["area closed"]
