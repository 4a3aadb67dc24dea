"""The pages that are no items."""

from datetime import date

from lib.shop import ORIGIN

from byway.metadata import Sitemap


def sitemap() -> Sitemap:
    return [
        {"url": ORIGIN, "last_modified": date(2026, 2, 20), "change_frequency": "weekly", "priority": 1},
        {
            "url": f"{ORIGIN}/about",
            "change_frequency": "yearly",
            "alternates": {"languages": {"en": f"{ORIGIN}/about", "de": f"{ORIGIN}/about?lang=de"}},
        },
    ]
