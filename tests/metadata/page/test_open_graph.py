"""Pages that are shared, by the Open Graph protocol. Twitter's tags, which follow from these, are in test_merge.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from byway.http.url import URL
from byway.metadata.page.open_graph import OpenGraph

from .heads import PAGE, fault, head, merged

ACME = replace(PAGE, base="https://nextjs.org/")


def shared(open_graph: OpenGraph) -> list[str]:
    """The ``og:`` tags, and those of the type, as ``name=content``."""
    tags = [tag for tag in head({"open_graph": open_graph}, links=ACME) if tag.startswith("<meta property=")]
    return [tag.removeprefix('<meta property="').removesuffix('">').replace('" content="', "=") for tag in tags]


def test_a_website() -> None:
    tags = head(
        {
            "open_graph": {
                "title": "Next.js",
                "description": "The React Framework for the Web",
                "url": "https://nextjs.org",
                "site_name": "Next.js",
                "images": [
                    {"url": "https://nextjs.org/og.png", "width": 800, "height": 600},
                    {"url": "https://nextjs.org/og-alt.png", "width": 1800, "height": 1600, "alt": "My custom alt"},
                ],
                "videos": [{"url": "https://nextjs.org/video.mp4", "width": 800, "height": 600}],
                "audio": [{"url": "https://nextjs.org/audio.mp3"}],
                "locale": "en_US",
                "type": "website",
            }
        }
    )
    assert [tag for tag in tags if "og:" in tag] == [
        '<meta property="og:title" content="Next.js">',
        '<meta property="og:description" content="The React Framework for the Web">',
        '<meta property="og:url" content="https://nextjs.org">',
        '<meta property="og:site_name" content="Next.js">',
        '<meta property="og:locale" content="en_US">',
        '<meta property="og:image" content="https://nextjs.org/og.png">',
        '<meta property="og:image:width" content="800">',
        '<meta property="og:image:height" content="600">',
        '<meta property="og:image" content="https://nextjs.org/og-alt.png">',
        '<meta property="og:image:width" content="1800">',
        '<meta property="og:image:height" content="1600">',
        '<meta property="og:image:alt" content="My custom alt">',
        '<meta property="og:video" content="https://nextjs.org/video.mp4">',
        '<meta property="og:video:width" content="800">',
        '<meta property="og:video:height" content="600">',
        '<meta property="og:audio" content="https://nextjs.org/audio.mp3">',
        '<meta property="og:type" content="website">',
    ]


def test_an_article() -> None:
    assert shared(
        {
            "title": "Next.js",
            "description": "The React Framework for the Web",
            "type": "article",
            "published_time": "2023-01-01T00:00:00.000Z",
            "authors": ["Seb", "Josh"],
        }
    ) == [
        "og:title=Next.js",
        "og:description=The React Framework for the Web",
        "og:type=article",
        "article:published_time=2023-01-01T00:00:00.000Z",
        "article:author=Seb",
        "article:author=Josh",
    ]


SONG = {"url": "/song", "disc": 1, "track": 2}
TAGS = ["a", "b"]


@pytest.mark.parametrize(
    ("open_graph", "expected"),
    [
        (
            {
                "type": "article",
                "modified_time": datetime(2024, 1, 1, 12, tzinfo=UTC),
                "expiration_time": date(2025, 1, 1),
                "section": "News",
                "tags": TAGS,
                "authors": URL("https://seb.example/x"),
            },
            [
                "article:modified_time=2024-01-01T12:00:00.000Z",
                "article:expiration_time=2025-01-01",
                "article:author=https://seb.example/x",
                "article:section=News",
                "article:tag=a",
                "article:tag=b",
            ],
        ),
        (
            {"type": "book", "isbn": "1", "release_date": "2024", "authors": "Ann", "tags": "a"},
            ["book:isbn=1", "book:release_date=2024", "book:author=Ann", "book:tag=a"],
        ),
        (
            {"type": "profile", "first_name": "A", "last_name": "B", "username": "ab", "gender": "female"},
            ["profile:first_name=A", "profile:last_name=B", "profile:username=ab", "profile:gender=female"],
        ),
        (
            {"type": "music.song", "duration": 200, "albums": ["/x", SONG], "musicians": ["/ann"]},
            [
                "music:duration=200",
                "music:album=/x",
                "music:album=/song",
                "music:album:disc=1",
                "music:album:track=2",
                "music:musician=/ann",
            ],
        ),
        (
            {"type": "music.album", "songs": SONG, "musicians": "/ann", "release_date": "2024"},
            [
                "music:song=/song",
                "music:song:disc=1",
                "music:song:track=2",
                "music:musician=/ann",
                "music:release_date=2024",
            ],
        ),
        (
            {"type": "music.playlist", "songs": "/s", "creators": TAGS},
            ["music:song=/s", "music:creator=a", "music:creator=b"],
        ),
        ({"type": "music.radio_station", "creators": "/c"}, ["music:creator=/c"]),
        (
            {
                "type": "video.movie",
                "actors": [{"url": "/ann", "role": "Eve"}, "/bob"],
                "directors": "/d",
                "writers": ["/w"],
                "duration": 90.5,
                "release_date": "2024",
                "tags": TAGS,
                "series": "not for movies",
            },
            [
                "video:actor=/ann",
                "video:actor:role=Eve",
                "video:actor=/bob",
                "video:director=/d",
                "video:writer=/w",
                "video:duration=90.5",
                "video:release_date=2024",
                "video:tag=a",
                "video:tag=b",
            ],
        ),
        ({"type": "video.episode", "tags": "a", "series": "/s"}, ["video:tag=a", "video:series=/s"]),
        ({"type": "video.tv_show", "tags": "not for shows"}, []),
        ({"type": "video.other", "duration": 1}, []),
    ],
)
def test_each_type_has_fields_of_its_own(open_graph: OpenGraph, expected: list[str]) -> None:
    assert shared(open_graph) == [f"og:type={open_graph.get('type')}", *expected]


def test_fields_of_a_type_say_nothing_without_the_type() -> None:
    assert shared({"authors": "Ann", "duration": 5}) == []


def test_contacts_and_locales() -> None:
    assert shared(
        {
            "emails": "a@b.example",
            "phone_numbers": ["1", "2"],
            "fax_numbers": "3",
            "alternate_locale": ["fr_FR", "de_DE"],
            "country_name": "Utopia",
            "ttl": 0,
            "determiner": "the",
        }
    ) == [
        "og:determiner=the",
        "og:country_name=Utopia",
        "og:ttl=0",
        "og:email=a@b.example",
        "og:phone_number=1",
        "og:phone_number=2",
        "og:fax_number=3",
        "og:locale:alternate=fr_FR",
        "og:locale:alternate=de_DE",
    ]


def test_images_are_joined_to_the_base_and_may_have_every_part() -> None:
    assert shared(
        {
            "images": [
                "/a.png",
                URL("https://b.example/b.png"),
                {"url": "c.png", "secure_url": "https://c.example", "type": "image/png", "width": "5", "height": 1.5},
                {"url": ""},
            ]
        }
    ) == [
        "og:image=https://nextjs.org/a.png",
        "og:image=https://b.example/b.png",
        "og:image=https://nextjs.org/c.png",
        "og:image:secure_url=https://c.example",
        "og:image:type=image/png",
        "og:image:width=5",
        "og:image:height=1.5",
    ]


def test_a_url_may_be_relative_to_the_page() -> None:
    assert shared({"url": "./"}) == ["og:url=https://nextjs.org/blog/hello"]


def test_a_child_can_use_the_images_of_its_parent() -> None:
    parent: Any = merged({"open_graph": {"images": "/a.png"}}, links=ACME)
    images = [*parent["open_graph"]["images"], "/b.png"]
    assert shared({"images": images}) == ["og:image=https://nextjs.org/a.png", "og:image=https://nextjs.org/b.png"]


def test_what_was_resolved_resolves_to_itself() -> None:
    given: OpenGraph = {"title": {"template": "%s!", "default": "A"}, "url": "/x", "images": ["/a"], "type": "book"}
    resolved: Any = merged({"open_graph": given}, links=ACME)["open_graph"]
    assert merged({"open_graph": resolved}, links=ACME)["open_graph"] == resolved


@pytest.mark.parametrize(
    ("open_graph", "expected"),
    [
        ({"type": "wesbite"}, "open_graph.type is 'wesbite'. Did you mean \"website\"?"),
        ({"siteName": "x"}, "open_graph has the unknown key 'siteName'. Did you mean 'site_name'?"),
        ({"images": [{"src": "x"}]}, "open_graph.images[0] has the unknown key 'src'."),
        ({"images": [{"alt": "x"}]}, "open_graph.images[0] has no 'url'. Write 'url': a str or a URL."),
        ({"published_time": 5}, "open_graph.published_time is 5. Write a str or a date, with or without a time."),
        ({"ttl": True}, "open_graph.ttl is True. Write a number."),
    ],
)
def test_a_wrong_value_is_named_with_its_cure(open_graph: object, expected: str) -> None:
    assert fault({"open_graph": open_graph}).startswith(expected)
