from htpy import Node

metadata = {
    "title": "Merge",
    "description": "From layout",
    "keywords": "k",
    "open_graph": {"title": "L", "description": "LD", "site_name": "LS"},
    "robots": {"index": False},
    "other": {"a": "1", "b": "2"},
    "alternates": {"canonical": "/merge", "languages": {"fr": "/fr"}},
}


def layout(children: Node) -> Node:
    return children
