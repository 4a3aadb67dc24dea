"""The upstream server: it counts how often each path is asked."""

from __future__ import annotations

import os
from typing import Any

from byway import fetch

BASE = os.environ["UPSTREAM"]


def url(path: str) -> str:
    return BASE + path


async def count(path: str, **options: Any) -> int:
    answer = await fetch(url(path), **options)
    return (await answer.json())["n"]
