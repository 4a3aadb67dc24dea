from htpy import Element, p

metadata = {
    "twitter": {
        "card": "summary_large_image",
        "title": "Tw",
        "description": "Tw text",
        "site": "@site",
        "site_id": "1467726470533754880",
        "creator": "@nextjs",
        "creator_id": "1467726470533754881",
        "images": {"url": "https://img.example/t.png", "alt": "Logo"},
    }
}


def page() -> Element:
    return p["p"]
