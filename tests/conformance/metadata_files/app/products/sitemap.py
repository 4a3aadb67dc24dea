from collections.abc import Awaitable

from byway.metadata import Sitemap


async def generate_sitemaps() -> list[dict[str, int]]:
    return [{"id": 0}, {"id": 1}, {"id": 2}]


async def sitemap(id: Awaitable[int]) -> Sitemap:
    return [{"url": f"https://site.example/product/{await id}", "last_modified": "2024-01-01"}]
