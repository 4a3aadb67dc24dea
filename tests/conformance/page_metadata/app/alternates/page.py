from htpy import Element, p

metadata = {
    "alternates": {
        "canonical": "/alternates",
        "languages": {"en-US": "/en-US", "de-DE": "https://de.example/x"},
        "media": {"only screen and (max-width: 600px)": "/mobile"},
        "types": {"application/rss+xml": "/rss"},
    }
}


def page() -> Element:
    return p["p"]
