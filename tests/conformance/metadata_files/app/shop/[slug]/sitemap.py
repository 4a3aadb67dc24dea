from byway.metadata import Sitemap


def sitemap() -> Sitemap:
    return [{"url": "https://site.example/shop/any"}]
