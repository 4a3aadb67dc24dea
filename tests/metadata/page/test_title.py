"""Titles: templates, what they are for, and how they are handed down."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from byway.metadata.page.field import Context
from byway.metadata.page.title import Title, resolve_title

from .heads import PAGE, head, merged

ROOT: Title = {"template": "%s | Acme", "default": "Acme"}


@pytest.mark.parametrize(
    ("title", "template", "shown", "handed_on"),
    [
        ("About", None, "About", None),
        ("About", "%s | Acme", "About | Acme", None),
        ("About", "%s - %s", "About - About", None),
        ("50 %s", "%s!", "50 %s!", None),
        ({"default": "Acme", "template": "%s | Acme"}, None, "Acme", "%s | Acme"),
        ({"default": "Inner", "template": "%s - Inner"}, "%s | Acme", "Inner | Acme", "%s - Inner"),
        ({"absolute": "Alone"}, "%s | Acme", "Alone", None),
        ({"absolute": "Alone", "template": "%s!"}, "%s | Acme", "Alone", "%s!"),
        ({"absolute": "Alone", "default": "No"}, "%s | Acme", "Alone", None),
        ({"absolute": None, "default": "Yes"}, "%s | Acme", "Yes | Acme", None),
        ({"template": "%s!"}, "%s | Acme", "", "%s!"),
        ({}, "%s | Acme", "", None),
    ],
)
def test_a_title_is_what_is_shown_and_what_is_handed_on(
    title: Title, template: str | None, shown: str, handed_on: str | None
) -> None:
    assert resolve_title(title, Context(PAGE, template)) == {"absolute": shown, "template": handed_on}


def test_markup_in_a_title_is_text_like_any_other() -> None:
    assert head({"title": {"template": Markup("<i>%s</i>"), "default": ""}}, None, {"title": Markup("<b>")}) == [
        "<title>&lt;i&gt;&lt;b&gt;&lt;/i&gt;</title>"
    ]


def test_a_template_is_for_the_segments_below() -> None:
    assert head({"title": ROOT}, None, {"title": "About"}) == ["<title>About | Acme</title>"]


def test_a_template_is_not_for_the_page_beside_its_layout() -> None:
    assert head({"title": ROOT}, {"title": "About"}) == ["<title>About</title>"]


def test_a_page_without_a_title_has_the_default_of_the_nearest_layout() -> None:
    assert head({"title": ROOT}, None) == ["<title>Acme</title>"]
    inner: Title = {"template": "%s - Inner", "default": "Inner"}
    assert head({"title": ROOT}, {"title": inner}, None) == ["<title>Inner | Acme</title>"]


def test_the_nearest_template_counts() -> None:
    inner: Title = {"template": "%s - Inner", "default": "Inner"}
    assert head({"title": ROOT}, {"title": inner}, None, {"title": "Deep"}) == ["<title>Deep - Inner</title>"]


def test_a_plain_title_of_a_layout_ends_the_template() -> None:
    assert head({"title": ROOT}, {"title": "Middle"}, None, {"title": "Deep"}) == ["<title>Deep</title>"]


def test_a_template_goes_past_folders_without_a_title() -> None:
    assert head({"title": ROOT}, None, {"description": ""}, None, {"title": "Deep"}) == ["<title>Deep | Acme</title>"]


def test_none_clears_title_and_template() -> None:
    assert head({"title": ROOT}, {"title": None}, None, {"title": "Deep"}) == ["<title>Deep</title>"]
    assert head({"title": ROOT}, {"title": None}) == []


def test_open_graph_and_twitter_have_templates_of_their_own() -> None:
    resolved = merged(
        {"title": "%s", "open_graph": {"title": {"template": "%s on OG", "default": ""}}, "twitter": {"title": ROOT}},
        None,
        {"title": "T", "open_graph": {"title": "O"}, "twitter": {"title": "W"}},
    )
    titles = [resolved["title"], resolved["open_graph"]["title"], resolved["twitter"]["title"]]
    assert [title["absolute"] for title in titles] == ["T", "O on OG", "W | Acme"]
