from htpy import Element, h1


def page() -> Element:
    return h1["Home"]
