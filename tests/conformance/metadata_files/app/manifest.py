from byway.metadata import Manifest


def manifest() -> Manifest:
    return {
        "name": "Shop & Co",
        "short_name": "Shop",
        "description": "A shop é",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#fff",
        "theme_color": "#123456",
        "icons": [{"src": "/icon-192.png", "sizes": "192x192", "type": "image/png", "purpose": "maskable"}],
        "shortcuts": [{"name": "Cart", "url": "/cart"}],
    }
