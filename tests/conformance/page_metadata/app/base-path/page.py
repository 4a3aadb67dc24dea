from htpy import Element, p

metadata = {
    "open_graph": {"images": ["a.png", "./b.png", "/c.png", "../d.png"], "url": "/here"},
    "alternates": {"canonical": "x/y"},
}


def page() -> Element:
    return p["p"]
