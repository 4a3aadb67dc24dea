"""Rules for crawlers. It names every sitemap, since nothing else does."""

from lib.shop import ORIGIN, sitemap_ids

from byway.metadata import Robots


def robots() -> Robots:
    return {
        "rules": [
            {"user_agent": "*", "allow": "/", "disallow": "/basket"},
            {"user_agent": ["SlowBot", "OtherBot"], "disallow": "/items/", "crawl_delay": 10},
        ],
        "sitemap": [
            f"{ORIGIN}/sitemap.xml",
            *(f"{ORIGIN}/items/sitemap/{number}.xml" for number in sitemap_ids()),
        ],
    }
