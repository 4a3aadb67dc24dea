from htpy import Element, p

metadata = {"alternates": {"canonical": "./"}}


def page() -> Element:
    return p["p"]
