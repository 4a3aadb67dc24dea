"""Leaves a mark when a worker starts and when it stops."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

from lib.marks import mark


async def register() -> AsyncIterator[None]:
    mark(f"started {os.getpid()}")
    yield
    mark(f"stopped {os.getpid()}")
