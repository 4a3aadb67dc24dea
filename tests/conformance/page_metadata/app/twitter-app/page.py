from htpy import Element, p

metadata = {
    "twitter": {
        "card": "app",
        "title": "Tw",
        "images": ["https://img.example/t.png"],
        "app": {
            "name": "twitter_app",
            "id": {"iphone": "i1", "ipad": "i2", "googleplay": "g1"},
            "url": {"iphone": "https://iphone.example", "ipad": "https://ipad.example"},
        },
    }
}


def page() -> Element:
    return p["p"]
