from htpy import Element, p


def page() -> Element:
    return p["dash"]
