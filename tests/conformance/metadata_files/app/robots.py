"""The variant is chosen by a request header, which also makes the file dynamic."""

from byway.headers import headers
from byway.metadata import Robots

VARIANTS: dict[str, Robots] = {
    "single": {
        "rules": {"user_agent": "*", "allow": "/", "disallow": "/private/"},
        "sitemap": "https://site.example/sitemap.xml",
    },
    "array": {
        "rules": [
            {"user_agent": "Googlebot", "allow": ["/", "/public/"], "disallow": ["/private/", "/tmp/"]},
            {"user_agent": ["Applebot", "Bingbot"], "disallow": ["/"]},
        ],
    },
    "delay": {"rules": {"user_agent": "Slurp", "disallow": "/a", "crawl_delay": 10}},
    "host": {"rules": {"user_agent": "*", "allow": "/"}, "host": "https://site.example"},
    "sitemaps": {
        "rules": {"user_agent": "*", "allow": "/"},
        "sitemap": ["https://site.example/one.xml", "https://site.example/two.xml"],
    },
    "noagent": {"rules": {"disallow": "/secret"}},
}


async def robots() -> Robots:
    name = (await headers()).get("x-variant", "single")
    return VARIANTS[name]
