"""The recipes' pages: each recipe has one, and the code on it is the recipe's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
RECIPES = ROOT / "examples" / "recipes"
PAGES = ROOT / "docs" / "recipes"
NAMES = sorted(path.name for path in RECIPES.iterdir() if path.is_dir())


def test_every_recipe_has_a_page_that_the_index_lists() -> None:
    index = (PAGES / "index.md").read_text(encoding="utf-8")
    pages = sorted(path.name for path in PAGES.glob("*.md") if path.name != "index.md")
    assert {f"{name}.md" for name in NAMES} <= set(pages)
    assert sorted(set(re.findall(r"\]\(([a-z-]+\.md)\)", index))) == pages


@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_a_page_is_that_of_the_recipe(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    pieces = re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', page, re.MULTILINE | re.DOTALL)
    assert pieces
    for file, piece in pieces:
        source = ROOT if file.startswith("deploy/") else RECIPES / name
        assert piece in (source / file).read_text(encoding="utf-8"), file
