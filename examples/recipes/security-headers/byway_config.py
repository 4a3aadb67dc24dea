"""Headers that every answer of the app has."""

from __future__ import annotations

from typing import Any

from byway import Config

EVERYWHERE = {
    # Only over TLS, for a year, subdomains included.
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    # A text is not run as a script, whatever it looks like.
    "x-content-type-options": "nosniff",
    # No other site shows this one in a frame.
    "x-frame-options": "DENY",
    # Other sites learn where a visitor comes from, but not which page.
    "referrer-policy": "strict-origin-when-cross-origin",
    # What no page here needs, none may ask for.
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    # Windows that other sites open keep no hold of this one.
    "cross-origin-opener-policy": "same-origin",
}


def headers() -> list[dict[str, Any]]:
    everywhere = [{"key": key, "value": value} for key, value in EVERYWHERE.items()]
    return [
        {"source": "/:path*", "headers": everywhere},
        # An API has no pages: what it answers loads nothing, and is in no frame.
        {
            "source": "/api/:path*",
            "headers": [{"key": "content-security-policy", "value": "default-src 'none'; frame-ancestors 'none'"}],
        },
    ]


config = Config(headers=headers)
