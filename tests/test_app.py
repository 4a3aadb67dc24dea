"""`create_app`: the application of a build."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from byway import create_app
from byway.build import build
from byway.problems import AppError

from .support import route, write_app


def test_a_config_whose_wrapper_fails_is_named_and_nothing_is_left_behind(tmp_path: Path) -> None:
    write_app(
        tmp_path,
        {
            "app/route.py": route("async def GET(): return Response('x')"),
            "byway_config.py": "from byway import Config\nconfig = Config(asgi=lambda app: 1 / 0)\n",
        },
    )
    build(tmp_path)[0].close()
    before = list(sys.path)
    with pytest.raises(AppError) as caught:
        create_app(tmp_path)
    assert str(caught.value) == (
        "This app has a problem:\n\n"
        "byway_config.py\n"
        "  The function of Config(asgi=…) failed: ZeroDivisionError: division by zero\n"
        "  → Mend it: it is called once, at the start, with an ASGI application."
    )
    assert sys.path == before
