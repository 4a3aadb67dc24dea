from htpy import Element, p

metadata = {
    "icons": {
        "icon": [
            {"url": "/icon.png"},
            {
                "url": "https://cdn.example/i.png",
                "sizes": "32x32",
                "type": "image/png",
                "media": "(prefers-color-scheme: dark)",
            },
        ],
        "shortcut": "/shortcut.png",
        "apple": [{"url": "/apple.png"}, {"url": "/apple2.png", "sizes": "180x180"}],
        "other": {"rel": "apple-touch-icon-precomposed", "url": "/pre.png"},
    }
}


def page() -> Element:
    return p["p"]
