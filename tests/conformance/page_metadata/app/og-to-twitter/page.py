from htpy import Element, p

metadata = {
    "title": "T",
    "open_graph": {"title": "O", "description": "OD", "images": ["/o.png"]},
    "twitter": {"creator": "@me"},
}


def page() -> Element:
    return p["p"]
