from datetime import UTC, datetime

from byway.metadata import Sitemap


def sitemap() -> Sitemap:
    return [
        {
            "url": "https://site.example",
            "last_modified": datetime(2024, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
            "change_frequency": "yearly",
            "priority": 1,
        },
        {
            "url": "https://site.example/about",
            "last_modified": "2024-05-06",
            "change_frequency": "monthly",
            "priority": 0.8,
        },
        {"url": "https://site.example/blog"},
    ]
