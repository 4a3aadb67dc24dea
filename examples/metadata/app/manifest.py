"""What a phone needs to install the site as an app."""

from lib.shop import NAME, PAPER, SLOGAN, YELLOW

from byway.metadata import Manifest


def manifest() -> Manifest:
    return {
        "name": NAME,
        "short_name": "Paper",
        "description": f"{SLOGAN}.",
        "start_url": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": YELLOW,
        "icons": [
            {"src": "/icon.svg", "sizes": "any", "type": "image/svg+xml"},
            {"src": "/icon1/192", "sizes": "192x192", "type": "image/png"},
            {"src": "/icon1/512", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    }
