from htpy import Element, p

viewport = {"theme_color": "black"}


def page() -> Element:
    return p["p"]
