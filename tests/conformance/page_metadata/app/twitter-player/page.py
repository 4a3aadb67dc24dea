from htpy import Element, p

metadata = {
    "twitter": {
        "card": "player",
        "title": "Play",
        "players": [
            {"player_url": "https://p.example/1", "stream_url": "https://p.example/s", "width": 100, "height": 50}
        ],
    }
}


def page() -> Element:
    return p["p"]
