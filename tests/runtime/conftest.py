"""A request for the tests to run code in."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pytest

from byway.http.request import Request
from byway.testing import Client

from ..support import write_app

T = TypeVar("T")

_ROUTE = """
    import code_of_the_test
    from byway import Response

    {config}

    async def GET(request):
        code_of_the_test.request = request
        return await code_of_the_test.run() or Response("done")
"""


class Inside:
    """Runs code as a part of a request: of a handler that ``app/route.py`` (dynamic) or ``app/never/route.py``
    (``fetch_cache = "force-no-store"``) defines.
    """

    def __init__(self, client: Client, module: Any) -> None:
        self.client = client
        self._module = module

    def __call__(self, code: Callable[[], Awaitable[T]], path: str = "/", **options: Any) -> T:
        """What ``code`` gives. Raises what it raises."""
        came: list[T] = []
        failed: list[BaseException] = []

        async def run() -> None:
            try:
                came.append(await code())
            except BaseException as error:
                failed.append(error)

        self._module.run = run
        answer = self.client.get(path, **options)
        assert answer.status_code == 200, answer.text
        if failed:
            raise failed[0]
        return came[0]

    @property
    def request(self) -> Request:
        """The last request."""
        request: Request = self._module.request
        return request


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inside]:
    module = ModuleType("code_of_the_test")
    monkeypatch.setitem(sys.modules, "code_of_the_test", module)
    files = {
        "app/route.py": _ROUTE.format(config=""),
        "app/never/route.py": _ROUTE.format(config='fetch_cache = "force-no-store"'),
    }
    with Client(write_app(tmp_path, files)) as client:
        yield Inside(client, module)
