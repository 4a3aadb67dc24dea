"""Byway's pytest plugin: the fixture ``byway_client``.

The setting ``byway_app`` (in ``[tool.pytest.ini_options]``) names the project's folder, relative to pytest's root
directory; by default it is that directory itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from byway.testing import Client


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting ``byway_app``."""
    parser.addini("byway_app", "The folder of the Byway app that byway_client calls.", default=".")


@pytest.fixture
def byway_client(pytestconfig: pytest.Config) -> Iterator[Client]:
    """A `byway.testing.Client` for the project's app, new for each test."""
    # Imported here, because pytest loads plugins before it measures coverage, and in projects without tests of an app.
    from byway.testing import Client

    with Client(pytestconfig.rootpath / str(pytestconfig.getini("byway_app"))) as client:
        yield client
