from htpy import Element, p

metadata = {"icons": {"icon": "/mine.png"}}


def page() -> Element:
    return p["own icons"]
