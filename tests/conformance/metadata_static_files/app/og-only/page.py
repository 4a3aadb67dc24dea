from htpy import Element, p

metadata = {"title": "Og only", "open_graph": {"title": "T", "description": "D", "site_name": "S"}}


def page() -> Element:
    return p["og"]
