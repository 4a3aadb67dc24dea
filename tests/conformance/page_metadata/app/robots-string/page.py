from htpy import Element, p

metadata = {"robots": "noindex, nofollow"}


def page() -> Element:
    return p["p"]
