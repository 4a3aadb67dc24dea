from htpy import Element, p

metadata = {"title": "Sub"}


def page() -> Element:
    return p["p"]
