"""Inline CSS: declarations, what is refused, and pictures in values."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.imaging.css import PROPERTIES, css_name, engine_name, parse_style, replace_urls, split_outside, urls
from byway.imaging.errors import ImageError


def style(text: str) -> dict[str, str]:
    return parse_style(text, "div", "section > div")


def test_declarations_are_told_apart_and_the_last_of_a_property_counts() -> None:
    assert style("color: red; ;COLOR:blue;font-size:2em;") == {"color": "blue", "fontSize": "2em"}


def test_semicolons_in_urls_strings_and_parentheses_are_no_ends() -> None:
    text = """background:url(data:image/png;base64,AA==);font-family:"a;b", 'c\\';d';width:calc((1px) + 2px)"""

    assert style(text) == {
        "background": "url(data:image/png;base64,AA==)",
        "fontFamily": "\"a;b\", 'c\\';d'",
        "width": "calc((1px) + 2px)",
    }


def test_comments_are_left_out() -> None:
    assert style("/* a; */ color: red /* b */; /* c") == {"color": "red"}


def test_vendor_prefixes_custom_properties_and_second_names_are_known() -> None:
    assert style("-webkit-text-stroke: 1px red; --Main: blue; word-wrap: break-word") == {
        "WebkitTextStroke": "1px red",
        "--Main": "blue",
        "overflowWrap": "break-word",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "flex-drection: row",
            'The CSS property "flex-drection" of <div> is not supported (at section > div). '
            'Did you mean "flex-direction"?',
        ),
        ("cursor: pointer", 'The CSS property "cursor" of <div> is not supported (at section > div). Leave it out.'),
        (
            "display: grid",
            'Invalid value for CSS property "display" of <div> (at section > div). Allowed values: '
            '"flex" | "block" | "contents" | "none" | "-webkit-box". Received: "grid".',
        ),
        (
            "position: fixed",
            'Invalid value for CSS property "position" of <div> (at section > div). Allowed values: '
            '"absolute" | "relative" | "static". Received: "fixed".',
        ),
        (
            "justify-content: space-evenly",
            'Invalid value for CSS property "justify-content" of <div> (at section > div). Allowed values: '
            '"center" | "flex-start" | "flex-end" | "space-between" | "space-around". Received: "space-evenly".',
        ),
        (
            "overflow: scroll",
            'Invalid value for CSS property "overflow" of <div> (at section > div). Allowed values: '
            '"visible" | "hidden". Received: "scroll".',
        ),
        (
            "color red; width: 1px",
            "The style of <div> has a declaration without name or value: 'color red' (at section > div). "
            "Write name: value;",
        ),
        (
            "width:",
            "The style of <div> has a declaration without name or value: 'width:' (at section > div). "
            "Write name: value;",
        ),
    ],
)
def test_refusal_names_property_element_and_cure(text: str, message: str) -> None:
    with pytest.raises(ImageError) as raised:
        style(text)

    assert str(raised.value) == message


def test_variables_and_inheritance_pass_for_any_keyword() -> None:
    assert style("display: var(--d); position: inherit") == {"display": "var(--d)", "position": "inherit"}


@pytest.mark.parametrize("value", ["url(a.png)", "url( 'a.png' ) no-repeat", 'red, URL("a.png")'])
def test_references_in_a_value_are_found_and_renamed(value: str) -> None:
    assert urls(value) == ["a.png"]
    assert urls(replace_urls(value, {"a.png": "b"})) == ["b"]


def test_reference_without_a_new_name_is_emptied() -> None:
    assert replace_urls("url(a.png)", {}) == 'url("")'


def test_value_is_split_outside_of_parentheses() -> None:
    assert split_outside("0 0 1px rgb(1, 2, 3), inset 0 0 red", ",") == ["0 0 1px rgb(1, 2, 3)", "inset 0 0 red"]


@pytest.mark.parametrize("name", sorted(PROPERTIES))
def test_engine_knows_every_property(name: str) -> None:
    pytakumi = pytest.importorskip("pytakumi")
    tree = {"type": "container", "style": {engine_name(name): "@@("}, "children": []}

    assert css_name(engine_name(name)) == name
    with pytest.raises(ValueError, match="invalid value"):
        pytakumi.Renderer().render(tree, width=1, height=1)


@given(st.text("ab:;()\"'\\/*- #url", max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(ImageError):
        style(text)
