"""Starting recipes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from byway.testing import Client

RECIPES = Path(__file__).parents[3] / "examples" / "recipes"


@pytest.fixture
def start() -> Iterator[Callable[..., Client]]:
    """Starts the recipe of a name; each test has an app of its own, with nothing in its memory."""
    with contextlib.ExitStack() as stack:

        def start(name: str, **options: Any) -> Client:
            return stack.enter_context(Client(RECIPES / name, **options))

        yield start
