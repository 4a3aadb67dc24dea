"""The viewport, and the colours around the page."""

from __future__ import annotations

import pytest

from byway.metadata.page.viewport import Viewport, check_viewport, default_viewport, merge_viewport, viewport_tags
from byway.metadata.shapes import MetadataError

CHARSET = '<meta charset="utf-8">'
DEFAULT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


def tags(*viewports: Viewport | None) -> list[str]:
    resolved = default_viewport()
    for viewport in viewports:
        resolved = merge_viewport(resolved, None if viewport is None else check_viewport(viewport))
    return [tag.__html__() for tag in viewport_tags(resolved)]


def test_every_page_has_a_charset_and_a_viewport() -> None:
    assert tags(None) == [CHARSET, DEFAULT]


@pytest.mark.parametrize(
    ("viewport", "expected"),
    [
        ({"theme_color": "black"}, [DEFAULT, '<meta name="theme-color" content="black">']),
        (
            {
                "theme_color": [
                    {"media": "(prefers-color-scheme: light)", "color": "cyan"},
                    {"media": "(prefers-color-scheme: dark)", "color": "black"},
                ]
            },
            [
                DEFAULT,
                '<meta name="theme-color" content="cyan" media="(prefers-color-scheme: light)">',
                '<meta name="theme-color" content="black" media="(prefers-color-scheme: dark)">',
            ],
        ),
        ({"color_scheme": "dark"}, [DEFAULT, '<meta name="color-scheme" content="dark">']),
        (
            {"width": "device-width", "initial_scale": 1, "maximum_scale": 1, "user_scalable": False},
            ['<meta name="viewport" content="width=device-width, initial-scale=1, maximum-scale=1, user-scalable=no">'],
        ),
        (
            {
                "interactive_widget": "resizes-visual",
                "viewport_fit": "cover",
                "user_scalable": True,
                "minimum_scale": 0.25,
                "height": 400.0,
                "width": 600,
            },
            [
                '<meta name="viewport" content="width=600, height=400, initial-scale=1, minimum-scale=0.25, '
                'user-scalable=yes, viewport-fit=cover, interactive-widget=resizes-visual">'
            ],
        ),
        ({"width": None, "initial_scale": None}, []),
        ({"theme_color": "", "color_scheme": None}, [DEFAULT]),
        ({"theme_color": []}, [DEFAULT]),
    ],
)
def test_the_tags_of_a_viewport(viewport: Viewport, expected: list[str]) -> None:
    assert tags(viewport) == [CHARSET, *expected]


def test_a_child_overrides_key_by_key() -> None:
    assert tags({"theme_color": "red", "width": 5}, None, {"theme_color": ["blue"], "height": 6}) == [
        CHARSET,
        '<meta name="viewport" content="width=5, height=6, initial-scale=1">',
        '<meta name="theme-color" content="blue">',
    ]


def test_none_clears_what_was_inherited() -> None:
    assert tags({"theme_color": "red"}, {"theme_color": None}) == [CHARSET, DEFAULT]


def test_every_value_is_escaped() -> None:
    assert tags({"width": '"><script>', "theme_color": {"color": "<", "media": '"'}}) == [
        CHARSET,
        '<meta name="viewport" content="width=&quot;&gt;&lt;script&gt;, initial-scale=1">',
        '<meta name="theme-color" content="&lt;" media="&quot;">',
    ]


@pytest.mark.parametrize(
    ("viewport", "expected"),
    [
        ({"themeColor": "x"}, "The returned object has the unknown key 'themeColor'. Did you mean 'theme_color'?"),
        ({"initial_scale": "1"}, "initial_scale is '1'. Write a number."),
        ({"viewport_fit": "covers"}, "viewport_fit is 'covers'. Did you mean \"cover\"?"),
        ("width=device-width", "The returned object is 'width=device-width'. Write a dict with the keys 'width',"),
    ],
)
def test_a_wrong_value_is_named_with_its_cure(viewport: object, expected: str) -> None:
    with pytest.raises(MetadataError) as caught:
        check_viewport(viewport)
    assert str(caught.value).startswith(expected)
