from htpy import Element, p


def loading() -> Element:
    return p["please wait"]
