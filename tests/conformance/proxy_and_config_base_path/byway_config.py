from typing import Any

from byway import Config


async def headers() -> list[dict[str, Any]]:
    return [
        {"source": "/items", "headers": [{"key": "x-with", "value": "base path"}]},
        {"source": "/items", "base_path": False, "headers": [{"key": "x-without", "value": "base path"}]},
        {"source": "/base/api/:path*", "base_path": False, "headers": [{"key": "x-full", "value": "yes"}]},
    ]


async def redirects() -> list[dict[str, Any]]:
    return [
        {"source": "/old-items", "destination": "/items", "permanent": True},
        {"source": "/out-items", "base_path": False, "destination": "/base/items", "permanent": False},
        {"source": "/", "base_path": False, "destination": "/base", "permanent": False},
        {"source": "/away/:p", "destination": "https://example.com/:p", "permanent": False},
    ]


async def rewrites() -> list[dict[str, Any]]:
    return [{"source": "/rw/:id", "destination": "/items/:id"}]


config = Config(base_path="/base", headers=headers, redirects=redirects, rewrites=rewrites)
