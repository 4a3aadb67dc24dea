"""Byway's pytest plugin: the fixtures ``byway_client``, ``byway_clock`` and ``byway_fetch``.

The setting ``byway_app`` (in ``[tool.pytest.ini_options]``) names the project's folder, relative to pytest's root
directory; by default it is that directory itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

# Imported in the fixtures, because pytest loads plugins before it measures coverage, and in projects without an app.
if TYPE_CHECKING:
    from byway.testing import Client, Clock, FetchStub


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting ``byway_app``."""
    parser.addini("byway_app", "The folder of the Byway app that byway_client calls.", default=".")


@pytest.fixture
def byway_client(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Iterator[Client]:
    """A `byway.testing.Client` for the project's app, new for each test, with an empty cache."""
    from byway.testing import Client

    stub = request.getfixturevalue("byway_fetch") if "byway_fetch" in request.fixturenames else None
    with Client(pytestconfig.rootpath / str(pytestconfig.getini("byway_app")), fetch=stub) as client:
        yield client


@pytest.fixture
def byway_clock(byway_client: Client) -> Clock:
    """The time by which the cache of ``byway_client``'s app goes: ``byway_clock.advance(60)`` lets a minute pass."""
    return byway_client.clock


@pytest.fixture
def byway_fetch() -> FetchStub:
    """Answers what the app of ``byway_client`` fetches: ``byway_fetch.on(url, Response.json(…))``. It sends nothing."""
    from byway.testing import FetchStub

    return FetchStub()
