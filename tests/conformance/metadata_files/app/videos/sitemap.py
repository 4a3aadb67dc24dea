from byway.metadata import Sitemap


def sitemap() -> Sitemap:
    return [
        {
            "url": "https://site.example/v",
            "last_modified": "2024-01-01",
            "change_frequency": "weekly",
            "priority": 0.5,
            "videos": [
                {
                    "title": "Film",
                    "thumbnail_loc": "https://site.example/t.jpg",
                    "description": "About the film",
                    "content_loc": "https://site.example/f.mp4",
                    "player_loc": "https://site.example/player",
                    "duration": 600,
                    "expiration_date": "2030-01-01",
                    "rating": 4.2,
                    "view_count": 12345,
                    "publication_date": "2020-02-03",
                    "family_friendly": "yes",
                    "restriction": {"relationship": "allow", "content": "IE GB US"},
                    "platform": {"relationship": "deny", "content": "web"},
                    "requires_subscription": "no",
                    "uploader": {"info": "https://site.example/users/ann", "content": "Ann"},
                    "live": "no",
                    "tag": "one",
                },
                {"title": "Short", "thumbnail_loc": "https://site.example/t2.jpg", "description": "Second"},
            ],
        },
    ]
