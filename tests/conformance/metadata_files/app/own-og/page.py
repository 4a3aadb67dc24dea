from htpy import Element, p

metadata = {"open_graph": {"title": "Own", "images": ["/own.png"]}}


def page() -> Element:
    return p["own"]
