from htpy import Element, p

metadata = {
    "app_links": {
        "ios": {"url": "https://acme.example/ios", "app_store_id": "id"},
        "android": {"package": "com.example", "app_name": "app"},
        "web": {"url": "https://acme.example/web", "should_fallback": True},
    },
    "facebook": {"app_id": "12345"},
    "pinterest": {"rich_pin": True},
}


def page() -> Element:
    return p["p"]
