from htpy import Element, p

metadata = {
    "open_graph": {
        "title": "Art",
        "description": "Text",
        "type": "article",
        "published_time": "2023-01-01T00:00:00.000Z",
        "modified_time": "2024-01-01T00:00:00.000Z",
        "authors": ["Seb", "Josh"],
        "section": "News",
        "tags": ["a", "b"],
    }
}


def page() -> Element:
    return p["p"]
