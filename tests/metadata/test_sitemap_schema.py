"""What is written validates against the schemas of sitemaps and their extensions.

The schemas want the elements of the protocol before those of extensions, and those of a video in an order of their own.
The documents, which Byway follows, print them in another, and no crawler minds. So what is written is put in the order
of the schemas first; nothing else about it is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xmlschema import XMLSchema

from byway.metadata.sitemap import serialise_sitemap

SCHEMA = XMLSchema(str(Path(__file__).parent / "schemas" / "sitemap.xsd"))
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
VIDEO = "{http://www.google.com/schemas/sitemap-video/1.1}"
URL_ORDER = [f"{SITEMAP}{name}" for name in ("loc", "lastmod", "changefreq", "priority")]
VIDEO_ORDER = [
    f"{VIDEO}{name}"
    for name in (
        *(
            "thumbnail_loc",
            "title",
            "description",
            "content_loc",
            "player_loc",
            "duration",
            "expiration_date",
            "rating",
        ),
        *("view_count", "publication_date", "tag", "family_friendly", "restriction", "requires_subscription"),
        *("uploader", "platform", "live"),
    )
]

text = st.text(max_size=100)
urls = st.text(max_size=100).map(lambda rest: f"https://acme.com/{rest}")
times = st.one_of(
    st.dates(),
    st.datetimes(),
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.just(UTC)),
    st.just("2024-05-06T10:00:00+02:00"),
)
yes_or_no = st.sampled_from([True, False, "yes", "no"])
relationship = st.sampled_from(["allow", "deny"])
videos: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"title": text, "thumbnail_loc": urls, "description": text},
    optional={
        "content_loc": urls,
        "player_loc": urls,
        "duration": st.integers(0, 28800),
        "view_count": st.integers(0),
        "tag": text,
        "rating": st.floats(0, 5),
        "expiration_date": times,
        "publication_date": times,
        "family_friendly": yes_or_no,
        "requires_subscription": yes_or_no,
        "live": yes_or_no,
        "restriction": st.fixed_dictionaries({"relationship": relationship, "content": st.just("IE GB US")}),
        "platform": st.fixed_dictionaries({"relationship": relationship, "content": st.just("web tv")}),
        "uploader": st.fixed_dictionaries({"content": text}, optional={"info": urls}),
    },
)
entries: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"url": urls},
    optional={
        "last_modified": times,
        "change_frequency": st.sampled_from(["always", "hourly", "daily", "weekly", "monthly", "yearly", "never"]),
        "priority": st.floats(0, 1),
        "alternates": st.fixed_dictionaries(
            {"languages": st.dictionaries(st.sampled_from(["en", "de-CH", "zh-Hant", "x-default"]), urls)}
        ),
        "images": st.lists(urls, max_size=3),
        "videos": st.lists(videos, max_size=2),
    },
)


def _sort(element: Element, order: list[str]) -> None:
    element[:] = sorted(element, key=lambda child: order.index(child.tag) if child.tag in order else len(order))


def errors(xml: bytes) -> list[str | None]:
    root = ElementTree.fromstring(xml)
    for url in root:
        _sort(url, URL_ORDER)
    for video in root.iter(f"{VIDEO}video"):
        _sort(video, VIDEO_ORDER)
    return [error.reason for error in SCHEMA.iter_errors(root)]


@settings(deadline=None, max_examples=60)
@given(st.lists(entries, min_size=1, max_size=2))
def test_every_sitemap_is_valid(sitemap: list[Any]) -> None:
    assert errors(b"".join(serialise_sitemap(sitemap))) == []


def test_iterators_write_valid_sitemaps_too() -> None:
    def listed() -> Iterator[Any]:
        yield {"url": "https://acme.com", "last_modified": date(2024, 5, 6), "priority": 0.5}
        yield {"url": "https://acme.com/about", "images": ["https://acme.com/i.png?a=1&b=2"]}

    assert errors(b"".join(serialise_sitemap(listed()))) == []


@pytest.mark.parametrize(
    "url",
    [
        "<loc>https://acme.com</loc><lastmod>yesterday</lastmod>",
        "<loc>https://acme.com</loc><priority>1.1</priority>",
        "<loc>https://acme.com</loc><changefreq>dayly</changefreq>",
        "<lastmod>2024-05-06</lastmod>",
        '<loc>https://acme.com</loc><image xmlns="http://www.google.com/schemas/sitemap-image/1.1"/>',
        '<loc>https://acme.com</loc><link xmlns="http://www.w3.org/1999/xhtml" rel="alternate" hreflang="de"/>',
        f'<loc>https://acme.com</loc><video xmlns="{VIDEO.strip("{}")}"><title>No thumbnail</title></video>',
    ],
)
def test_the_schemas_refuse_what_is_no_sitemap(url: str) -> None:
    assert errors(f'<urlset xmlns="{SITEMAP.strip("{}")}"><url>{url}</url></urlset>'.encode())
