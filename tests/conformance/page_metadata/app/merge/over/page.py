from htpy import Element, p

metadata = {
    "open_graph": {"title": "P"},
    "description": "From page",
    "robots": {"follow": False},
    "other": {"b": "3", "c": "4"},
    "alternates": {"canonical": "/merge/over"},
}


def page() -> Element:
    return p["p"]
