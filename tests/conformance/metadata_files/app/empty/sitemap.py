from byway.metadata import Sitemap


def sitemap() -> Sitemap:
    return []
