"""What pages and layouts may say for the head, and the exact words of every mistake in it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from byway.runtime.loading import load_app

from ..support import problems_of, write_app

PAGE = "def page(): return 'x'\n"
LAYOUT = "from htpy import body, html\ndef layout(children): return html[body[children]]\n"
APP = {"app/layout.py": LAYOUT, "app/page.py": PAGE}
ANY_FILE = pytest.mark.parametrize("file", ["app/page.py", "app/layout.py"])


def with_text(root: Path, file: str, text: str) -> Path:
    write_app(root, APP)
    (root / file).write_text(f"{text}\n{APP[file]}")
    return root


@ANY_FILE
@pytest.mark.parametrize(
    "text",
    [
        "metadata = {'title': 'x'}",
        "metadata = None",
        "viewport = {'theme_color': 'black'}",
        "def generate_metadata(params, parent): ...",
        "async def generate_viewport(**props): ...",
        "generate_metadata = lambda: {}",
        "from importlib import metadata",
    ],
)
def test_pages_and_layouts_say_what_they_are(tmp_path: Path, file: str, text: str) -> None:
    assert problems_of(with_text(tmp_path, file, text)) == []


@ANY_FILE
@pytest.mark.parametrize(
    ("text", "what", "cure"),
    [
        (
            "metadata = {'titel': 'x'}",
            "metadata has the unknown key 'titel'.",
            "Did you mean 'title'?",
        ),
        (
            "metadata = {'openGraph': {}}",
            "metadata has the unknown key 'openGraph'.",
            "Did you mean 'open_graph'?",
        ),
        (
            "metadata = {'open_graph': {'images': [{'url': 5}]}}",
            "metadata.open_graph.images[0].url is 5.",
            "Write a str or a URL.",
        ),
        ("metadata = 'Hello'", "metadata is str.", 'Write a dict: {"title": "Hello"}.'),
        (
            "metadata = {'metadata_base': 'acme.com'}",
            "metadata.metadata_base is 'acme.com'.",
            'Write an absolute URL, such as "https://acme.com".',
        ),
        (
            "viewport = {'colour_scheme': 'dark'}",
            "viewport has the unknown key 'colour_scheme'.",
            "Did you mean 'color_scheme'?",
        ),
        ("generate_metadata = {'title': 'x'}", "generate_metadata is dict, not a function.", None),
        ("class generate_viewport: ...", "generate_viewport is the class generate_viewport, not a function.", None),
        (
            "def generateMetadata(): ...",
            "'generateMetadata' is the name of the documents, which Python spells 'generate_metadata'.",
            "Rename it.",
        ),
        (
            "async def generateViewport(): ...",
            "'generateViewport' is the name of the documents, which Python spells 'generate_viewport'.",
            "Rename it.",
        ),
    ],
)
def test_a_mistake_is_found_at_the_start(tmp_path: Path, file: str, text: str, what: str, cure: str | None) -> None:
    ((where, found, told),) = problems_of(with_text(tmp_path, file, text))
    assert (where, found) == (f"{file}:1", what)
    assert cure is None or told == cure


@ANY_FILE
@pytest.mark.parametrize("name", ["metadata", "viewport"])
def test_an_object_and_a_function_are_one_too_many(tmp_path: Path, file: str, name: str) -> None:
    text = f"{name} = {{}}\ndef generate_{name}(): ..."
    assert problems_of(with_text(tmp_path, file, text)) == [
        (
            f"{file}:2",
            f"This file has both {name} and generate_{name}, of which a page's head could obey only one.",
            "Remove one of the two.",
        )
    ]


@pytest.mark.parametrize("name", ["generate_metadata", "generate_viewport"])
def test_a_layout_is_given_no_query(tmp_path: Path, name: str) -> None:
    text = f"def {name}(search_params): ..."
    assert problems_of(with_text(tmp_path, "app/page.py", text)) == []
    ((where, what, cure),) = problems_of(with_text(tmp_path, "app/layout.py", text))
    assert (where, what) == (
        "app/layout.py:1",
        f"{name} has the parameter 'search_params', for which there is no value.",
    )
    assert "params and parent; leave out what is not needed." in cure


def test_metadata_may_come_from_another_module(tmp_path: Path) -> None:
    write_app(tmp_path, {"lib/seo.py": "metadata = {'titel': 'x'}\n"})
    text = "from lib.seo import metadata"
    assert [what for _, what, _ in problems_of(with_text(tmp_path, "app/page.py", text))] == [
        "metadata has the unknown key 'titel'."
    ]


@pytest.mark.parametrize("key", ["viewport", "theme_color", "color_scheme"])
def test_keys_of_the_viewport_in_metadata_are_told_and_have_no_effect(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    with_text(tmp_path, "app/page.py", f"metadata = {{'{key}': 'dark'}}\nviewport = {{'color_scheme': 'dark'}}")
    with caplog.at_level(logging.WARNING):
        load_app(tmp_path, "production").close()
    assert caplog.messages == [
        f"app/page.py: {key} is no key of metadata and has no effect there. Move it to viewport."
    ]


def test_a_key_of_the_viewport_that_is_none_is_not_worth_telling(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load_app(with_text(tmp_path, "app/page.py", "metadata = {'viewport': None}"), "production").close()
    assert caplog.messages == []
