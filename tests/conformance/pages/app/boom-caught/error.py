from htpy import Element, p


def error() -> Element:
    return p["sorry"]
