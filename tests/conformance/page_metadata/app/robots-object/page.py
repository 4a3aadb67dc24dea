from htpy import Element, p

metadata = {
    "robots": {
        "index": True,
        "follow": True,
        "nocache": False,
        "noarchive": True,
        "google_bot": {
            "index": False,
            "follow": False,
            "noimageindex": True,
            "max-video-preview": -1,
            "max-image-preview": "large",
            "max-snippet": 20,
        },
    }
}


def page() -> Element:
    return p["p"]
