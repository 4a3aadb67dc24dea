from byway.metadata import Sitemap


def sitemap() -> Sitemap:
    return [{"url": "https://site.example/?a=1&b=2"}, {"url": "https://site.example/café/日本"}]
