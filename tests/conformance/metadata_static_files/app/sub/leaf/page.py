from htpy import Element, p

metadata = {"title": "Leaf", "description": "A leaf"}


def page() -> Element:
    return p["leaf"]
