from htpy import Element, p

metadata = {"title": "Leaf"}


def page() -> Element:
    return p["p"]
