from htpy import Element, p

metadata = {
    "title": "Page title",
    "open_graph": {
        "title": "Og title",
        "description": "Og text",
        "url": "https://acme.example/og",
        "site_name": "Acme site",
        "locale": "en_US",
        "type": "website",
        "images": [
            {"url": "https://img.example/og.png", "width": 800, "height": 600},
            {
                "url": "/og-alt.png",
                "width": 1800,
                "height": 1600,
                "alt": "My alt",
                "type": "image/png",
                "secure_url": "https://img.example/s.png",
            },
        ],
        "videos": [{"url": "https://img.example/v.mp4", "width": 10, "height": 20}],
        "audio": [{"url": "https://img.example/a.mp3"}],
    },
}


def page() -> Element:
    return p["p"]
