from htpy import Element, p


def forbidden() -> Element:
    return p["not allowed"]
