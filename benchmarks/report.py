"""Where the figures go: a table on the terminal, and all of them to ``.work/results.json``."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import rich.box
import rich.console
import rich.table
from environment import WORK
from rich.text import Text

RESULTS: Final = WORK / "results.json"


@dataclass(frozen=True, slots=True)
class Table:
    """A title, column names, and rows of text; the first column is the row's name, the others are figures."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    figures: bool = True


def show(table: Table) -> None:
    """Print the table as Markdown, ready to be pasted into a document."""
    drawn = rich.table.Table(box=rich.box.MARKDOWN)
    for index, column in enumerate(table.columns):
        drawn.add_column(Text(column), justify="right" if index and table.figures else "left", no_wrap=True)
    for row in table.rows:
        drawn.add_row(*map(Text, row))
    console = rich.console.Console(width=200)
    console.print()
    console.print(Text(table.title))
    console.print(drawn)


def save(name: str, figures: object) -> None:
    """Put one benchmark's figures beside those of the others."""
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[name] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "figures": figures}
    RESULTS.write_text(json.dumps(results, indent=2, default=_plain) + "\n")


def machine() -> dict[str, object]:
    """What the figures depend on besides the code."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
