"""The tags that lead to metadata files, as the head of each recorded page has them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from byway.testing import Client

from .apps import copy_app

SUITES = Path(__file__).parent
# Where the page's own `metadata` decides, or what the original says of the file is plainly wrong.
_OWN = {
    "own openGraph.images win",
    "own icons win",
    "own images, icons and manifest win",
    "openGraph without images drops the inherited image",
}
_RELS = ("icon", "apple-touch-icon", "manifest")


def _recorded(suite: str) -> list[Any]:
    answers = json.loads((SUITES / suite / "recorded.json").read_text())["answers"]
    steps = {case["name"]: case["steps"] for case in json.loads((SUITES / suite / "cases.json").read_text())["cases"]}
    return [
        pytest.param(suite, steps[name][0]["path"], answer[0]["body"], id=f"{suite}: {name}")
        for name, answer in answers.items()
        if name.startswith("head: ") and name.removeprefix("head: ") not in _OWN
    ]


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: Counter[tuple[object, ...]] = Counter()
        self.feed(html.partition("</head>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        key = given.get("property") or given.get("name") or ""
        if given.get("rel") in _RELS or key.startswith(("og:image", "twitter:image")):
            self.found[_comparable(tag, given)] += 1


def _comparable(tag: str, attributes: dict[str, str]) -> tuple[object, ...]:
    # What a link has after the question mark is each server's own. A .gif is no text/plain, as the original has it.
    values = {name: re.sub(r"\?.*", "?", value) for name, value in attributes.items()}
    if values.get("property") == "og:image:type":
        values["content"] = values["content"].replace("text/plain", "image/gif")
    return (tag, *sorted(values.items()))


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Client]]:
    """The client of a suite's app; each is built once."""
    with ExitStack() as stack:
        made: dict[str, Client] = {}

        def client(suite: str) -> Client:
            if suite not in made:
                folder = copy_app(SUITES / suite, tmp_path_factory.mktemp("heads"))
                made[suite] = stack.enter_context(Client(folder))
            return made[suite]

        yield client


@pytest.mark.parametrize(("suite", "path", "html"), _recorded("metadata_files") + _recorded("metadata_static_files"))
def test_tags_are_as_recorded(suite: str, path: str, html: str, clients: Callable[[str], Client]) -> None:
    origin = "https://site.example" if suite == "metadata_files" else "https://static.example"
    tags = clients(suite).head_tags(path, origin)
    assert Counter(_comparable(tag.tag, dict(tag.attributes)) for tag in tags) == _Tags(html).found
