from htpy import Element, p

metadata = {
    "title": "Basic",
    "description": "All basic fields",
    "application_name": "App",
    "generator": "Gen",
    "referrer": "origin-when-cross-origin",
    "keywords": ["one", "two", "three"],
    "authors": [{"name": "Ann"}, {"name": "Bob", "url": "https://bob.example"}],
    "creator": "Cat",
    "publisher": "Pub",
    "category": "tech",
    "classification": "class",
    "abstract": "abs",
    "archives": ["https://a.example/1"],
    "assets": "https://a.example/assets",
    "bookmarks": ["https://a.example/b1", "https://a.example/b2"],
}


def page() -> Element:
    return p["p"]
