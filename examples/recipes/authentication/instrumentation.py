"""Checked at start, not at the first sign-in."""

import os


def register() -> None:
    if not os.environ.get("SESSION_SECRET"):
        raise RuntimeError("SESSION_SECRET is not set: sessions are signed with it.")
