from htpy import Element, p


def unauthorized() -> Element:
    return p["log in"]
