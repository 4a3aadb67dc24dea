from byway.metadata import Sitemap


def sitemap() -> Sitemap:
    return [
        {
            "url": "https://site.example/a",
            "last_modified": "2024-01-01",
            "images": ["https://site.example/1.jpg", "https://site.example/2.jpg"],
        },
        {"url": "https://site.example/b"},
    ]
