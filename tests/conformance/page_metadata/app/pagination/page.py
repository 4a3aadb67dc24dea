from htpy import Element, p

metadata = {"pagination": {"previous": "/p/1", "next": "/p/3"}}


def page() -> Element:
    return p["p"]
