from htpy import Element, p

metadata = {"title": "About"}


def page() -> Element:
    return p["about"]
