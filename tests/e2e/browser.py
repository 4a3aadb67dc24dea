"""A real browser, without windows and without packages that drive one."""

from __future__ import annotations

import html
import re
import subprocess
import tempfile

_CHROMIUM = [
    "chromium",
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
]


def visit(url: str, *, stay: float = 0) -> str:
    """Open ``url`` in Chromium, and return the document's markup as it is when everything is loaded.

    ``stay`` seconds later, by the browser's own clock, which does not wait, when that is more than 0.
    """
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        staying = [f"--virtual-time-budget={stay * 1000:.0f}"] if stay else []
        command = [*_CHROMIUM, f"--user-data-dir={profile}", *staying, "--dump-dom", url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def text_of(document: str, element_id: str) -> str:
    """The text of the element with this id, which holds nothing but text."""
    found = re.search(rf'id="{element_id}"[^>]*>([^<]*)<', document)
    assert found is not None, document
    return html.unescape(found[1])
