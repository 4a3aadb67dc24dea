from htpy import Element, p

metadata = {
    "verification": {
        "google": "g",
        "yandex": "y",
        "yahoo": "h",
        "other": {"me": ["my-email", "my-link"], "x-check": "z"},
    }
}


def page() -> Element:
    return p["p"]
