from datetime import UTC, datetime

from byway.metadata import Sitemap


def sitemap() -> Sitemap:
    return [
        {
            "url": "https://site.example",
            "last_modified": datetime(2025, 1, 1, tzinfo=UTC),
            "alternates": {"languages": {"es": "https://site.example/es", "de-CH": "https://site.example/de"}},
        },
        {"url": "https://site.example/about", "alternates": {"languages": {}}},
    ]
