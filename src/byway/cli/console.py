"""What the command line prints: logs and messages."""

from __future__ import annotations

import logging
import sys

from rich.console import Console

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

LOG_LEVELS = ("critical", "error", "warning", "info", "debug")


class _Formatter(logging.Formatter):
    """Short lines: the level, coloured on a terminal, then the message; access lines are only their message."""

    _COLOURS = {"WARNING": "33", "ERROR": "31", "CRITICAL": "31;1"}  # noqa: RUF012

    def __init__(self, *, colour: bool) -> None:
        super().__init__("%(message)s")
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if record.levelno <= logging.INFO:
            return text
        label = record.levelname
        if self._colour:
            label = f"\x1b[{self._COLOURS.get(label, '0')}m{label}\x1b[0m"
        return f"{label} {text}"


def configure_logging(level: str) -> None:
    """Send Byway's logs to stderr, from ``level`` on; does nothing when the app has set up ``byway`` itself."""
    log = logging.getLogger("byway")
    log.setLevel(level.upper())
    if not log.handlers and not logging.getLogger().handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(_Formatter(colour=sys.stderr.isatty()))
        log.addHandler(handler)
        # An app that sets up the root logger later must not have every line twice.
        log.propagate = False
