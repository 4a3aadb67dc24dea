from htpy import Element, p

metadata = {"format_detection": {"email": False, "address": False, "telephone": False, "date": True}}


def page() -> Element:
    return p["p"]
