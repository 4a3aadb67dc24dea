from byway.metadata import Sitemap

revalidate = 3600


def sitemap() -> Sitemap:
    return [{"url": "https://site.example/timed"}]
