from htpy import Element, p

metadata = {"icons": "/i.svg", "manifest": "/site.webmanifest"}


def page() -> Element:
    return p["p"]
