"""Canonical URLs and alternates."""

from __future__ import annotations

from dataclasses import replace

from byway.http.url import URL

from .heads import PAGE, fault, head, merged

ACME = replace(PAGE, base="https://nextjs.org/")


def test_alternates_of_every_kind() -> None:
    assert head(
        {
            "alternates": {
                "canonical": "https://nextjs.org",
                "languages": {"en-US": "https://nextjs.org/en-US", "de-DE": "/de-DE"},
                "media": {"only screen and (max-width: 600px)": "https://nextjs.org/mobile"},
                "types": {"application/rss+xml": "https://nextjs.org/rss"},
            }
        },
        links=ACME,
    ) == [
        '<link rel="canonical" href="https://nextjs.org">',
        '<link rel="alternate" href="https://nextjs.org/en-US" hreflang="en-US">',
        '<link rel="alternate" href="https://nextjs.org/de-DE" hreflang="de-DE">',
        '<link rel="alternate" href="https://nextjs.org/mobile" media="only screen and (max-width: 600px)">',
        '<link rel="alternate" href="https://nextjs.org/rss" type="application/rss+xml">',
    ]


def test_an_alternate_may_have_several_urls_with_titles() -> None:
    feeds = [{"url": "blog.rss", "title": "rss"}, "blog/js.rss", {"url": URL("https://x.example/?a=1")}]
    assert head({"alternates": {"types": {"application/rss+xml": feeds}, "canonical": {"url": "./"}}}, links=ACME) == [  # type: ignore[typeddict-item]
        '<link rel="canonical" href="https://nextjs.org/blog/hello">',
        '<link rel="alternate" href="https://nextjs.org/blog.rss" type="application/rss+xml" title="rss">',
        '<link rel="alternate" href="https://nextjs.org/blog/js.rss" type="application/rss+xml">',
        '<link rel="alternate" href="https://x.example/blog/hello?a=1" type="application/rss+xml">',
    ]


def test_an_alternate_that_says_nothing_makes_no_tag() -> None:
    assert head({"alternates": {"canonical": "", "languages": {"de": None, "fr": ""}, "media": None}}) == []


def test_without_a_base_alternates_stay_paths() -> None:
    assert head({"alternates": {"canonical": "/x"}}) == ['<link rel="canonical" href="/x">']


def test_a_child_sees_every_kind_of_alternate() -> None:
    assert merged({"alternates": {"languages": {"x-default": "/"}}})["alternates"] == {
        "canonical": None,
        "languages": {"x-default": [{"url": "/"}]},
        "media": None,
        "types": None,
    }


def test_a_wrong_alternate_is_named_with_its_cure() -> None:
    assert fault({"alternates": {"hreflang": {}}}) == (
        "alternates has the unknown key 'hreflang'. It may have the keys 'canonical', 'languages', 'media', 'types'."
    )
    assert fault({"alternates": {"languages": {"de": [{"title": "x"}]}}}) == (
        "alternates.languages.de[0] has no 'url'. Write 'url': a str or a URL."
    )
