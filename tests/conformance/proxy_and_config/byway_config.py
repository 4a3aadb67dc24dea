import os
from typing import Any

from byway import Config

UPSTREAM = os.environ["UPSTREAM"]


async def headers() -> list[dict[str, Any]]:
    return [
        {
            "source": "/hd/about",
            "headers": [
                {"key": "x-custom-header", "value": "my custom header value"},
                {"key": "x-another", "value": "two"},
            ],
        },
        {
            "source": "/hd/blog/:slug",
            "headers": [{"key": "x-slug", "value": ":slug"}, {"key": "x-slug-:slug", "value": "key"}],
        },
        {"source": "/hd/wild/:path*", "headers": [{"key": "x-wild", "value": "one"}]},
        {"source": "/hd/num/:post(\\d{1,})", "headers": [{"key": "x-post", "value": ":post"}]},
        {"source": "/hd/over", "headers": [{"key": "x-hello", "value": "there"}]},
        {"source": "/hd/:path*", "headers": [{"key": "x-hello", "value": "world"}]},
        {
            "source": "/hd/has-header",
            "has": [{"type": "header", "key": "x-add-header"}],
            "headers": [{"key": "x-added", "value": "header"}],
        },
        {
            "source": "/hd/missing-header",
            "missing": [{"type": "header", "key": "x-no-header"}],
            "headers": [{"key": "x-added", "value": "missing"}],
        },
        {
            "source": "/hd/has-all",
            "has": [
                {"type": "query", "key": "page", "value": "home"},
                {"type": "cookie", "key": "authorized", "value": "true"},
            ],
            "headers": [{"key": "x-authorized", "value": "yes"}],
        },
        {
            "source": "/hd/capture",
            "has": [{"type": "header", "key": "x-authorized", "value": "(?<authorized>yes|true)"}],
            "headers": [{"key": "x-captured", "value": ":authorized"}],
        },
        {
            "source": "/hd/host",
            "has": [{"type": "host", "value": "example.com"}],
            "headers": [{"key": "x-host", "value": "example"}],
        },
        {
            "source": "/own",
            "headers": [{"key": "X-Config", "value": "from config"}, {"key": "Set-Cookie", "value": "c=2; Path=/"}],
        },
        {"source": "/file.txt", "headers": [{"key": "x-file", "value": "public"}]},
        {"source": "/about", "headers": [{"key": "x-page", "value": "about"}]},
        {"source": "/old-permanent", "headers": [{"key": "x-lost", "value": "yes"}]},
        {"source": "/nowhere", "headers": [{"key": "x-404", "value": "yes"}]},
        {"source": "/act/json", "headers": [{"key": "x-config", "value": "on a proxy answer"}]},
    ]


async def redirects() -> list[dict[str, Any]]:
    return [
        {"source": "/old-permanent", "destination": "/target", "permanent": True},
        {"source": "/old-temporary", "destination": "/target", "permanent": False},
        {"source": "/old-301", "destination": "/target", "status_code": 301},
        {"source": "/old-303", "destination": "/target?added=1", "status_code": 303},
        {"source": "/old-blog/:slug", "destination": "/news/:slug", "permanent": True},
        {"source": "/blog-query/:slug", "destination": "/news?post=:slug&x=1", "permanent": False},
        {"source": "/old-wild/:slug*", "destination": "/news/:slug*", "permanent": False},
        {"source": "/old-regex/:post(\\d{1,})", "destination": "/news/:post", "permanent": False},
        {"source": "/old-name/:name(^\\\\d+|[a-z]{3})", "destination": "/news/named", "permanent": False},
        {"source": "/away", "destination": "https://example.com/there", "permanent": False},
        {"source": "/away/:path*", "destination": "https://example.com/:path*", "permanent": True},
        {"source": "/hash", "destination": "/target#part", "permanent": False},
        {
            "source": "/if-header",
            "has": [{"type": "header", "key": "x-redirect-me"}],
            "destination": "/target",
            "permanent": False,
        },
        {
            "source": "/if-query",
            "has": [
                {"type": "query", "key": "page", "value": "(?<page>\\w+)"},
                {"type": "cookie", "key": "authorized", "value": "true"},
            ],
            "destination": "/target/:page",
            "permanent": False,
        },
        {
            "source": "/if-missing",
            "missing": [{"type": "header", "key": "x-do-not"}],
            "destination": "/target",
            "permanent": False,
        },
        {"source": "/moved/by-config", "destination": "/target", "permanent": False},
        {"source": "/english\\(default\\)/:slug", "destination": "/en/:slug", "permanent": False},
    ]


async def rewrites() -> dict[str, list[dict[str, Any]]]:
    return {
        "before_files": [
            {"source": "/shadowed.txt", "destination": "/target?before=1"},
            {
                "source": "/static/route",
                "has": [{"type": "query", "key": "overrideMe"}],
                "destination": "/target/overridden",
            },
            {"source": "/before/:first", "destination": "/before2/:first"},
            {"source": "/before2/:second", "destination": "/target/chained-:second"},
        ],
        "after_files": [
            {"source": "/news", "destination": "/target/never"},
            {"source": "/dyn/special", "destination": "/target/special"},
            {"source": "/rw/plain", "destination": "/target"},
            {"source": "/rw/:first/:second", "destination": "/target"},
            {"source": "/rw-used/:first/:second", "destination": "/target/:first?x=1"},
            {"source": "/rw-show/:first/:second", "destination": "/show"},
            {"source": "/rw-show-used/:first/:second", "destination": "/show?q=dest&added=1"},
            {"source": "/rw-all/:path*", "destination": "/docs/:path*"},
            {"source": "/rw-num/:id(\\d+)", "destination": "/target/:id"},
            {"source": "/rw-has", "has": [{"type": "cookie", "key": "beta"}], "destination": "/target/beta"},
            {"source": "/rw-missing", "missing": [{"type": "cookie", "key": "beta"}], "destination": "/target/stable"},
            {"source": "/rw-file", "destination": "/file.txt"},
            {"source": "/rw-page", "destination": "/about"},
            {"source": "/up/:path*", "destination": f"{UPSTREAM}/echo/:path*"},
        ],
        "fallback": [
            {
                "source": "/:path*",
                "has": [{"type": "query", "key": "legacy"}],
                "destination": f"{UPSTREAM}/legacy/:path*",
            }
        ],
    }


config = Config(headers=headers, redirects=redirects, rewrites=rewrites)
