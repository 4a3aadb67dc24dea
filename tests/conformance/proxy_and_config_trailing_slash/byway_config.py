from typing import Any

from byway import Config


async def headers() -> list[dict[str, Any]]:
    return [
        {"source": "/about", "headers": [{"key": "x-a", "value": "one"}]},
        {"source": "/posts/:id/", "headers": [{"key": "x-id", "value": ":id"}]},
    ]


async def redirects() -> list[dict[str, Any]]:
    return [
        {"source": "/old-about", "destination": "/about", "permanent": False},
        {"source": "/old-posts/:id", "destination": "/posts/:id/", "permanent": True},
    ]


async def rewrites() -> list[dict[str, Any]]:
    return [{"source": "/rw-posts/:id", "destination": "/posts/:id"}]


config = Config(trailing_slash=True, headers=headers, redirects=redirects, rewrites=rewrites)
