from htpy import Element, p

metadata = {"title": {"absolute": "Alone"}}


def page() -> Element:
    return p["p"]
