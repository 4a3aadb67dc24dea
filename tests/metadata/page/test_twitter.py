"""Cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from byway.http.url import URL
from byway.metadata.page.twitter import Twitter

from .heads import PAGE, fault, head

ACME = replace(PAGE, base="https://nextjs.org/")


def test_a_large_card() -> None:
    assert head(
        {
            "twitter": {
                "card": "summary_large_image",
                "title": "Next.js",
                "description": "The React Framework for the Web",
                "site_id": "1467726470533754880",
                "creator": "@nextjs",
                "creator_id": 1467726470533754880,
                "images": ["https://nextjs.org/og.png"],
            }
        }
    ) == [
        '<meta name="twitter:card" content="summary_large_image">',
        '<meta name="twitter:site:id" content="1467726470533754880">',
        '<meta name="twitter:creator" content="@nextjs">',
        '<meta name="twitter:creator:id" content="1467726470533754880">',
        '<meta name="twitter:title" content="Next.js">',
        '<meta name="twitter:description" content="The React Framework for the Web">',
        '<meta name="twitter:image" content="https://nextjs.org/og.png">',
    ]


def test_an_app() -> None:
    assert head(
        {
            "twitter": {
                "card": "app",
                "site": "@acme",
                "images": {"url": "/og.png", "alt": "Next.js Logo", "width": 5, "height": 6, "type": "image/png"},
                "app": {
                    "name": "twitter_app",
                    "id": {"iphone": "twitter_app://iphone", "ipad": 5},
                    "url": {"iphone": "https://iphone_url", "googleplay": URL("https://play.example/x")},
                },
            }
        },
        links=ACME,
    ) == [
        '<meta name="twitter:card" content="app">',
        '<meta name="twitter:site" content="@acme">',
        '<meta name="twitter:image" content="https://nextjs.org/og.png">',
        '<meta name="twitter:image:alt" content="Next.js Logo">',
        '<meta name="twitter:image:type" content="image/png">',
        '<meta name="twitter:image:width" content="5">',
        '<meta name="twitter:image:height" content="6">',
        '<meta name="twitter:app:name:iphone" content="twitter_app">',
        '<meta name="twitter:app:id:iphone" content="twitter_app://iphone">',
        '<meta name="twitter:app:url:iphone" content="https://iphone_url">',
        '<meta name="twitter:app:name:ipad" content="twitter_app">',
        '<meta name="twitter:app:id:ipad" content="5">',
        '<meta name="twitter:app:name:googleplay" content="twitter_app">',
        '<meta name="twitter:app:url:googleplay" content="https://play.example/x">',
    ]


def test_players() -> None:
    assert head(
        {
            "twitter": {
                "card": "player",
                "players": {"player_url": "https://p.example/1", "stream_url": "https://p.example/s", "width": 9},
            }
        }
    ) == [
        '<meta name="twitter:card" content="player">',
        '<meta name="twitter:player" content="https://p.example/1">',
        '<meta name="twitter:player:stream" content="https://p.example/s">',
        '<meta name="twitter:player:width" content="9">',
    ]


@pytest.mark.parametrize(
    ("twitter", "card"),
    [({}, "summary"), ({"images": "/x"}, "summary_large_image"), ({"images": []}, "summary"), ({"card": "app"}, "app")],
)
def test_the_card_follows_from_the_images(twitter: Twitter, card: str) -> None:
    assert head({"twitter": twitter}, links=ACME)[0] == f'<meta name="twitter:card" content="{card}">'


def test_players_and_app_belong_to_their_cards() -> None:
    assert head({"twitter": {"players": [{"player_url": "x"}], "app": {"name": "y"}}}) == [
        '<meta name="twitter:card" content="summary">'
    ]


def test_a_wrong_value_is_named_with_its_cure() -> None:
    assert fault({"twitter": {"card": "large"}}).startswith("twitter.card is 'large'. Write \"summary\",")
    assert fault({"twitter": {"siteId": "5"}}) == "twitter has the unknown key 'siteId'. Did you mean 'site_id'?"
    assert fault({"twitter": {"players": [{}]}}) == (
        "twitter.players[0] has no 'player_url'. Write 'player_url': a str or a URL."
    )
