"""Fixtures that start each suite's app once for all of its cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from .apps import copy_app, serve, start_app
from .replay import Transport
from .transports import InProcess
from .upstream import run_upstream

SUITES = Path(__file__).parent


@pytest.fixture(scope="module")
def transport_to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Transport]]:
    """``transport_to(suite, way)`` leads to the running app of ``suite``; ``way`` is "in process" or "server".

    The apps find an upstream server at ``UPSTREAM``. Those of one suite run at a time: in one process no two apps may
    have a ``lib`` each.
    """
    running: dict[tuple[str, str], Transport] = {}
    with run_upstream() as address, pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("UPSTREAM", address)

        def launch(suite: str, way: str) -> Transport:
            directory = copy_app(SUITES / suite, tmp_path_factory.mktemp(way.replace(" ", "-")))
            if way != "in process":
                return stack.enter_context(serve(directory))
            application = start_app(directory)
            stack.callback(application.app.close)
            return stack.enter_context(InProcess(application))

        def start(suite: str, way: str) -> Transport:
            if any(other != suite for other, _ in running):
                stack.close()
                running.clear()
            if (suite, way) not in running:
                running[suite, way] = launch(suite, way)
            return running[suite, way]

        yield start
