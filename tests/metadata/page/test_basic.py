"""The fields that are a few plain tags each, with the HTML that the documents print for them."""

from __future__ import annotations

from typing import Any

import pytest

from byway.http.url import URL
from byway.metadata.page.fields import Metadata

from .heads import fault, head


def test_the_basic_fields() -> None:
    assert head(
        {
            "title": "Acme",
            "description": "The React Framework for the Web",
            "generator": "Next.js",
            "application_name": "Next.js",
            "referrer": "origin-when-cross-origin",
            "keywords": ["Next.js", "React", "JavaScript"],
            "authors": [{"name": "Seb"}, {"name": "Josh", "url": "https://nextjs.org"}],
            "creator": "Jiachi Liu",
            "publisher": "Sebastian Markbåge",
            "format_detection": {"email": False, "address": False, "telephone": False},
        }
    ) == [
        "<title>Acme</title>",
        '<meta name="description" content="The React Framework for the Web">',
        '<meta name="application-name" content="Next.js">',
        '<meta name="author" content="Seb">',
        '<link rel="author" href="https://nextjs.org">',
        '<meta name="author" content="Josh">',
        '<meta name="generator" content="Next.js">',
        '<meta name="keywords" content="Next.js,React,JavaScript">',
        '<meta name="referrer" content="origin-when-cross-origin">',
        '<meta name="creator" content="Jiachi Liu">',
        '<meta name="publisher" content="Sebastian Markbåge">',
        '<meta name="format-detection" content="telephone=no, address=no, email=no">',
    ]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"abstract": "In short"}, ['<meta name="abstract" content="In short">']),
        ({"category": "technology"}, ['<meta name="category" content="technology">']),
        ({"classification": "sorted"}, ['<meta name="classification" content="sorted">']),
        ({"keywords": "one, two"}, ['<meta name="keywords" content="one, two">']),
        ({"authors": {"name": "Ann"}}, ['<meta name="author" content="Ann">']),
        ({"authors": {"url": URL("https://ann.example/x")}}, ['<link rel="author" href="https://ann.example/x">']),
        ({"archives": ["https://nextjs.org/13"]}, ['<link rel="archives" href="https://nextjs.org/13">']),
        ({"assets": "https://nextjs.org/assets"}, ['<link rel="assets" href="https://nextjs.org/assets">']),
        ({"bookmarks": ["/a", "/b"]}, ['<link rel="bookmarks" href="/a">', '<link rel="bookmarks" href="/b">']),
        ({"manifest": "/site.webmanifest"}, ['<link rel="manifest" href="/site.webmanifest">']),
        ({"manifest": URL("https://acme.com/m.json")}, ['<link rel="manifest" href="https://acme.com/m.json">']),
        (
            {"pagination": {"previous": "./1", "next": "https://acme.com/3"}},
            ['<link rel="prev" href="/blog/hello/1">', '<link rel="next" href="https://acme.com/3">'],
        ),
        ({"pagination": {"previous": None, "next": ""}}, []),
        ({"facebook": {"app_id": "12345678"}}, ['<meta property="fb:app_id" content="12345678">']),
        ({"facebook": {"admins": "12345678"}}, ['<meta property="fb:admins" content="12345678">']),
        (
            {"facebook": {"admins": ["1", 2]}},
            ['<meta property="fb:admins" content="1">', '<meta property="fb:admins" content="2">'],
        ),
        ({"pinterest": {"rich_pin": True}}, ['<meta property="pinterest-rich-pin" content="true">']),
        ({"pinterest": {"rich_pin": False}}, ['<meta property="pinterest-rich-pin" content="false">']),
        (
            {"format_detection": {"date": False, "url": False, "email": True}},
            ['<meta name="format-detection" content="date=no, url=no">'],
        ),
        ({"format_detection": {"email": True}}, []),
        (
            {
                "other": {
                    "custom": "meta",
                    "several": ["a", "b"],
                    "num": 5,
                    "yes": True,
                    "none": None,
                    "empty": ["", "x"],
                }
            },
            [
                '<meta name="custom" content="meta">',
                '<meta name="several" content="a">',
                '<meta name="several" content="b">',
                '<meta name="num" content="5">',
                '<meta name="yes" content="true">',
                '<meta name="empty" content="x">',
            ],
        ),
        (
            {
                "verification": {
                    "google": "google",
                    "yandex": "yandex",
                    "yahoo": ["yahoo", 2],
                    "me": "author",
                    "other": {"me": ["my-email", "my-link"], "facebook-domain-verification": "x"},
                }
            },
            [
                '<meta name="google-site-verification" content="google">',
                '<meta name="y_key" content="yahoo">',
                '<meta name="y_key" content="2">',
                '<meta name="yandex-verification" content="yandex">',
                '<meta name="me" content="author">',
                '<meta name="me" content="my-email">',
                '<meta name="me" content="my-link">',
                '<meta name="facebook-domain-verification" content="x">',
            ],
        ),
    ],
)
def test_the_tags_of_a_field(metadata: Metadata, expected: list[str]) -> None:
    assert head(metadata) == expected


@pytest.mark.parametrize("name", ["description", "application_name", "keywords", "manifest", "abstract", "assets"])
@pytest.mark.parametrize("value", ["", None])
def test_what_says_nothing_makes_no_tag(name: str, value: str | None) -> None:
    metadata: Any = {name: value}
    assert head(metadata) == []


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"referrer": "orign"}, 'referrer is \'orign\'. Did you mean "origin"? Write "no-referrer",'),
        ({"keywords": [1]}, "keywords[0] is 1. Write a str."),
        ({"authors": "Ann"}, "authors is 'Ann'. Write a dict with the keys 'name', 'url' or a list of dicts."),
        ({"other": {1: "x"}}, "other[1] is 1. Write a str."),
        ({"format_detection": {"telephone": "no"}}, "format_detection.telephone is 'no'. Write True or False."),
        ({"facebook": {"appId": "1"}}, "facebook has the unknown key 'appId'. Did you mean 'app_id'?"),
    ],
)
def test_a_wrong_value_is_named_with_its_cure(metadata: object, expected: str) -> None:
    assert fault(metadata).startswith(expected)
