from htpy import Element, p


def not_found() -> Element:
    return p["never shown"]
