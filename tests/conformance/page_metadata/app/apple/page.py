from htpy import Element, p

metadata = {
    "itunes": {"app_id": "myAppStoreID", "app_argument": "myAppArgument"},
    "apple_web_app": {
        "title": "Apple App",
        "status_bar_style": "black-translucent",
        "startup_image": ["/s1.png", {"url": "/s2.png", "media": "(device-width: 768px)"}],
    },
}


def page() -> Element:
    return p["p"]
