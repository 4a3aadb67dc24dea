from htpy import Element, p

metadata = {"title": "Named"}


def page() -> Element:
    return p["p"]
