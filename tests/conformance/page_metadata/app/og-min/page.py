from htpy import Element, p

metadata = {"title": "Min", "open_graph": {"images": "/one.png"}}


def page() -> Element:
    return p["p"]
