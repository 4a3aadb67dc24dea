"""What components return becomes HTML, is escaped once, and is refused when it is no markup."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import htpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.caching.codec import Markup
from byway.rendering.markup import document, missing_tags, render


def rendered(node: object) -> str:
    return asyncio.run(render(node, "page() in app/page.py"))


class Finished:
    def __html__(self) -> str:
        return "<b>done</b>"


class Streaming:
    """Prefers to stream, as an element of htpy does."""

    async def aiter_chunks(self) -> AsyncIterator[str]:
        yield "<i>"
        await asyncio.sleep(0)
        yield "one by one</i>"

    def __html__(self) -> str:
        raise AssertionError("not asked for")


async def later(node: object) -> Any:
    await asyncio.sleep(0)
    return node


@pytest.mark.parametrize(
    ("node", "html"),
    [
        (None, ""),
        ("", ""),
        ("a < b & \"c\" 'd'", "a &lt; b &amp; &quot;c&quot; &#x27;d&#x27;"),
        (Finished(), "<b>done</b>"),
        (Streaming(), "<i>one by one</i>"),
        (Markup("<b>"), "<b>"),
        ([], ""),
        (["<", None, Finished(), ("a", [Streaming()])], "&lt;<b>done</b>a<i>one by one</i>"),
        (lambda: "<", "&lt;"),
        (lambda: lambda: [lambda: Finished()], "<b>done</b>"),
    ],
)
def test_markup_stays_and_text_is_escaped(node: object, html: str) -> None:
    assert rendered(node) == html


def test_awaitables_and_functions_may_stand_anywhere() -> None:
    async def nested() -> object:
        return [await later("<"), later(Finished()), lambda: later(["x"])]

    assert rendered(nested) == "&lt;<b>done</b>x"


def test_awaitables_may_stand_among_the_children_of_an_element() -> None:
    async def item(name: str) -> htpy.Element:
        return htpy.li[await later(name)]

    tree = htpy.ul[[item(name) for name in ("a", "<b>")], lambda: htpy.li["c"], later(Markup("<li>d</li>"))]
    assert rendered(tree) == "<ul><li>a</li><li>&lt;b&gt;</li><li>c</li><li>d</li></ul>"


def test_what_was_rendered_is_a_child_that_is_not_escaped_again() -> None:
    children = asyncio.run(render(htpy.p["<"], "page() in app/page.py"))
    assert rendered(htpy.main[children]) == "<main><p>&lt;</p></main>"
    assert f"{children}" == "<p>&lt;</p>"


@given(st.text())
def test_text_never_becomes_an_element(text: str) -> None:
    html = rendered([text])
    assert not re.search("[<>\"']", html)
    assert html.count("&") == sum(text.count(mark) for mark in "&<>\"'")


@pytest.mark.parametrize(
    ("node", "what"),
    [
        ({"a": 1}, "dict"),
        (7, "int"),
        (False, "bool"),
        (b"x", "bytes"),
        ((one for one in "ab"), "generator"),
        (Finished, "the class Finished"),
        (["a", {1}], "a list that holds set"),
        (("a", [1.5]), "a list that holds float"),
        ((1,), "a tuple that holds int"),
        (lambda: 3, "int"),
    ],
)
def test_anything_else_is_refused_by_name_file_and_type(node: object, what: str) -> None:
    with pytest.raises(TypeError) as caught:
        rendered(node)
    assert str(caught.value) == (
        f"page() in app/page.py returned {what}, which cannot be rendered. Return markup (an object with "
        "aiter_chunks() or __html__), a str, None, or a list of these."
    )


def test_what_a_part_raises_comes_through() -> None:
    async def fails() -> None:
        raise LookupError("no such post")

    with pytest.raises(LookupError, match="no such post"):
        rendered([htpy.div[fails()]])


@pytest.mark.parametrize("markup", ["<!doctype html><html>", "\n<!DOCTYPE html><html>"])
def test_a_document_keeps_the_doctype_it_has(markup: str) -> None:
    assert document(markup) == markup


def test_a_document_without_a_doctype_gets_one() -> None:
    assert document("<html></html>") == "<!DOCTYPE html><html></html>"


@pytest.mark.parametrize(
    ("markup", "missing"),
    [
        ("<html><body></body></html>", []),
        ('<HTML lang="en"><body\nclass="x">', []),
        ("<html><main></main></html>", ["<body>"]),
        ("<bodyguard></bodyguard><htmlx>", ["<html>", "<body>"]),
    ],
)
def test_the_tags_that_a_document_lacks_are_found(markup: str, missing: list[str]) -> None:
    assert missing_tags(markup) == missing
