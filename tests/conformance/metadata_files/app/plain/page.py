from htpy import Element, p

metadata = {"title": "Plain"}


def page() -> Element:
    return p["plain"]
