"""Icons, as an author writes them; those of files are in test_merge.py."""

from __future__ import annotations

import pytest

from byway.http.url import URL
from byway.metadata.page.icons import IconsValue

from .heads import fault, head


def test_icons_of_every_kind() -> None:
    assert head(
        {
            "icons": {
                "icon": [{"url": "/icon.png"}, URL("https://example.com/icon.png")],
                "shortcut": ["/shortcut-icon.png"],
                "apple": [
                    {"url": "/apple-icon.png"},
                    {"url": "/apple-icon-x3.png", "sizes": "180x180", "type": "image/png"},
                ],
                "other": [
                    {"rel": "apple-touch-icon-precomposed", "url": "/apple-touch-icon-precomposed.png"},
                    {"rel": "mask-icon", "url": "/mask.svg", "color": "red"},
                    "/plain.png",
                ],
            }
        }
    ) == [
        '<link rel="shortcut icon" href="/shortcut-icon.png">',
        '<link rel="icon" href="/icon.png">',
        '<link rel="icon" href="https://example.com/icon.png">',
        '<link rel="apple-touch-icon" href="/apple-icon.png">',
        '<link rel="apple-touch-icon" href="/apple-icon-x3.png" type="image/png" sizes="180x180">',
        '<link rel="apple-touch-icon-precomposed" href="/apple-touch-icon-precomposed.png">',
        '<link rel="mask-icon" href="/mask.svg" color="red">',
        '<link rel="icon" href="/plain.png">',
    ]


@pytest.mark.parametrize(
    ("icons", "expected"),
    [
        ("/icon.png", ['<link rel="icon" href="/icon.png">']),
        (URL("https://acme.com/i"), ['<link rel="icon" href="https://acme.com/i">']),
        (["/a.png", {"url": "/b.png"}], ['<link rel="icon" href="/a.png">', '<link rel="icon" href="/b.png">']),
        (
            {"icon": {"url": "/d.png", "media": "(prefers-color-scheme: dark)", "fetch_priority": "high"}},
            ['<link rel="icon" href="/d.png" media="(prefers-color-scheme: dark)" fetchpriority="high">'],
        ),
        ({"icon": [{"url": "/r.png", "rel": "own"}]}, ['<link rel="own" href="/r.png">']),
        ("", []),
        ([], []),
    ],
)
def test_icons_may_be_one_several_or_by_kind(icons: IconsValue, expected: list[str]) -> None:
    assert head({"icons": icons}) == expected


def test_a_wrong_icon_is_named_with_its_cure() -> None:
    assert fault({"icons": {"icon": {"href": "/x"}}}).startswith("icons.icon has the unknown key 'href'. It may have")
    assert fault({"icons": {"favicon": "/x"}}) == "icons has the unknown key 'favicon'. Did you mean 'icon'?"
    assert fault({"icons": {"icon": 5}}).startswith("icons.icon is 5. Write a str, a URL,")
