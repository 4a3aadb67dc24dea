from htpy import Element, p

metadata = {"other": {"custom": "meta", "multi": ["a", "b"], "num": 5}}


def page() -> Element:
    return p["p"]
