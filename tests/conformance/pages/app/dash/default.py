from htpy import Element, p


def default() -> Element:
    return p["default children"]
