"""What crawlers are told."""

from __future__ import annotations

import pytest

from byway.metadata.page.robots import RobotsValue

from .heads import fault, head


def test_robots_and_google_bot() -> None:
    assert head(
        {
            "robots": {
                "index": True,
                "follow": True,
                "nocache": False,
                "google_bot": {
                    "index": True,
                    "follow": True,
                    "noimageindex": False,
                    "max-video-preview": -1,
                    "max-image-preview": "large",
                    "max-snippet": -1,
                },
            }
        }
    ) == [
        '<meta name="robots" content="index, follow">',
        '<meta name="googlebot" content="index, follow, max-video-preview:-1, max-image-preview:large, '
        'max-snippet:-1">',
    ]


@pytest.mark.parametrize(
    ("robots", "content"),
    [
        ("noindex, nofollow", "noindex, nofollow"),
        ({"index": False, "follow": False}, "noindex, nofollow"),
        ({"follow": False}, "nofollow"),
        ({"index": None, "follow": True}, "follow"),
        (
            {
                "max_snippet": 0,
                "unavailable_after": "2025-01-01",
                "nositelinkssearchbox": True,
                "indexifembedded": True,
                "notranslate": True,
                "nocache": True,
                "noimageindex": True,
                "nosnippet": True,
                "noarchive": True,
            },
            "noarchive, nosnippet, noimageindex, nocache, notranslate, indexifembedded, nositelinkssearchbox, "
            "unavailable_after:2025-01-01, max-snippet:0",
        ),
        ({"max_video_preview": 5, "max_image_preview": "none"}, "max-video-preview:5, max-image-preview:none"),
    ],
)
def test_flags_are_words_and_numbers_follow_a_colon(robots: RobotsValue, content: str) -> None:
    assert head({"robots": robots}) == [f'<meta name="robots" content="{content}">']


def test_google_bot_may_be_a_text_and_alone() -> None:
    assert head({"robots": {"google_bot": "noindex"}}) == ['<meta name="googlebot" content="noindex">']


@pytest.mark.parametrize("robots", ["", {}, {"nocache": False}])
def test_robots_that_say_nothing_make_no_tag(robots: RobotsValue) -> None:
    assert head({"robots": robots}) == []


@pytest.mark.parametrize(
    ("robots", "expected"),
    [
        ({"noindex": True}, 'robots.noindex is True. Write "index": False instead.'),
        ({"google_bot": {"nofollow": True}}, 'robots.google_bot.nofollow is True. Write "follow": False instead.'),
        ({"googleBot": {}}, "robots has the unknown key 'googleBot'. Did you mean 'google_bot'?"),
        ({"maxSnippet": 1}, "robots has the unknown key 'maxSnippet'. Did you mean 'max_snippet'?"),
        ({"max_image_preview": "big"}, 'robots.max_image_preview is \'big\'. Write "none", "standard" or "large".'),
    ],
)
def test_a_wrong_rule_is_named_with_its_cure(robots: object, expected: str) -> None:
    assert fault({"robots": robots}) == expected
