from byway.metadata import Sitemap


async def sitemap() -> Sitemap:
    return [{"url": "https://site.example/z", "priority": 0, "change_frequency": "never"}]
