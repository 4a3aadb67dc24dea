from htpy import Element, meta, p


def page() -> Element:
    return p["p", meta(name="by-hand", content="1")]
