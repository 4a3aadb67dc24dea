"""The items, in as many sitemaps as they need: /items/sitemap/0.xml, /items/sitemap/1.xml …"""

from lib.shop import ITEMS, ITEMS_PER_SITEMAP, ORIGIN, sitemap_ids

from byway.metadata import Sitemap


def generate_sitemaps() -> list[dict[str, int]]:
    return [{"id": number} for number in sitemap_ids()]


def sitemap(id: int) -> Sitemap:
    start = id * ITEMS_PER_SITEMAP
    return [
        {
            "url": f"{ORIGIN}/items/{item.slug}",
            "last_modified": item.changed,
            "images": [f"{ORIGIN}/items/{item.slug}/opengraph-image"],
        }
        for item in ITEMS[start : start + ITEMS_PER_SITEMAP]
    ]
