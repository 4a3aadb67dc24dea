from itertools import count

from byway.metadata import Sitemap

dynamic = "force-dynamic"

numbers = count(1)


def sitemap() -> Sitemap:
    return [{"url": f"https://site.example/n/{next(numbers)}"}]
