from htpy import Element, p

metadata = {"title": "Lost"}


def not_found() -> Element:
    return p["nothing here"]
