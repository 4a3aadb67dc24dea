from htpy import Element, p

metadata = {"description": None, "open_graph": None, "keywords": None, "robots": None}


def page() -> Element:
    return p["p"]
