"""Marks: lines that a test finds in a file, to know what happened in the server."""

from __future__ import annotations

import os
from pathlib import Path


def mark(text: str) -> None:
    """Add the line ``text`` to the file that the environment variable ``MARKS`` names."""
    with Path(os.environ["MARKS"]).open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")
