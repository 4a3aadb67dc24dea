"""Fixtures: an app of these tests, built, and a server that runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .caching import Upstream
from .servers import APP, Server, build, copy_app, running


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A copy of the tests' app, not built yet."""
    return copy_app(APP, tmp_path)


@pytest.fixture
def built(app: Path) -> Path:
    """A copy of the tests' app with its build."""
    return build(app)


@pytest.fixture
def server(built: Path) -> Iterator[Server]:
    """A server of a test's own: it may be stopped, and its marks are only this test's."""
    with running(built) as server:
        yield server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for all those tests of a file that leave it as they found it."""
    with running(build(copy_app(APP, tmp_path_factory.mktemp("shared")))) as server:
        yield server


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """A server that apps fetch from."""
    upstream = Upstream()
    yield upstream
    upstream.close()
