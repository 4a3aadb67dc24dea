from htpy import Element, p

metadata = {
    "open_graph": {"images": "/o.png"},
    "twitter": {"images": "/t.png"},
    "icons": {"apple": "/a.png"},
    "manifest": "/other.json",
}


def page() -> Element:
    return p["own"]
