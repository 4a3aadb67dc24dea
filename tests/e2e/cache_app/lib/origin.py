"""Where the values come from that this app caches."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Any

from byway import fetch


def url_of(slug: str) -> str:
    """The URL of a value, for `fetch`."""
    return f"{os.environ['UPSTREAM']}/{slug}"


async def load(slug: str) -> Any:
    """A value, asked for anew."""
    return await (await fetch(url_of(slug))).json()


def checked(what: str, size: int) -> str:
    """Text that tells whether it is whole and for whom it was made: what, the generation, a digest, and chaff."""
    head = f"{what} {Path(os.environ['GENERATION']).read_text(encoding='ascii')}"
    chaff = secrets.token_hex(size)
    return f"{head} {hashlib.sha256(f'{head} {chaff}'.encode()).hexdigest()} {chaff}"
