"""Time from saving a route's file to the first answer of the new code, in development."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from environment import APPS, BIN, NEXT, WORK, next_command, prepare_next
from processes import Process, fetch, free_port
from report import Table
from servers import PATH, uvicorn

TIMEOUT: Final = 30


@dataclass(frozen=True, slots=True)
class DevServer:
    """``file`` is the one to edit; ``text`` in it stands in the answer and is changed; ``ready`` copies the app."""

    title: str
    file: str
    text: str
    ready: Callable[[Path], None]
    command: Callable[[int], list[str]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds from save to answer, one for each edit."""

    server: str
    milliseconds: list[float]


def _copy(name: str) -> Callable[[Path], None]:
    def ready(directory: Path) -> None:
        shutil.copytree(APPS / name, directory, ignore=shutil.ignore_patterns("__pycache__", ".byway"))

    return ready


def _copy_next(directory: Path) -> None:
    prepare_next()
    shutil.copytree(NEXT, directory, symlinks=True, ignore=shutil.ignore_patterns(".next", ".stamp"))


DEV_SERVERS: Final[Mapping[str, DevServer]] = {
    "byway": DevServer(
        title="byway dev",
        file="app/items/[id]/route.py",
        text='"q":',
        ready=_copy("byway"),
        command=lambda port: [str(BIN / "byway"), "dev", ".", "-p", str(port)],
    ),
    "starlette": DevServer(
        title="uvicorn --reload (Starlette)",
        file="app.py",
        text='"q":',
        ready=_copy("starlette"),
        command=lambda port: [*(part for part in uvicorn(port) if part not in ("--workers", "1")), "--reload"],
    ),
    "next": DevServer(
        title="next dev",
        file="app/items/[id]/route.ts",
        text=" q:",
        ready=_copy_next,
        command=lambda port: next_command("dev", "-H", "127.0.0.1", "-p", str(port)),
    ),
}


def measure(names: Iterable[str], edits: int) -> list[Figures]:
    figures: list[Figures] = []
    for name in names:
        times = _measure(DEV_SERVERS[name], WORK / "reload" / name, edits)
        figures.append(Figures(DEV_SERVERS[name].title, times))
        print(f"{DEV_SERVERS[name].title}: {median(times):.0f} ms", flush=True)
    return figures


def _measure(server: DevServer, directory: Path, edits: int) -> list[float]:
    shutil.rmtree(directory, ignore_errors=True)
    server.ready(directory)
    port = free_port()
    file = directory / server.file
    source = file.read_text()
    assert source.count(server.text) == 1, file
    with Process(server.command(port), directory, core=None) as process:
        _until(port, b'"q":"hello"', process)
        times: list[float] = []
        for number in range(edits):
            # The watchers come to rest, and the saves fall at different times of their polling.
            time.sleep(0.5 + 0.037 * number % 0.2)
            file.write_text(source.replace(server.text, server.text.replace("q", f"q{number}")))
            times.append(_until(port, f'"q{number}":"hello"'.encode(), process) * 1e3)
        return times


def _until(port: int, text: bytes, process: Process) -> float:
    """Seconds until the answer holds ``text``; the server may be away in between."""
    begun = time.perf_counter()
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if text in fetch(port, PATH).body:
                return time.perf_counter() - begun
        if time.perf_counter() - begun > TIMEOUT or not process.running:
            state = "runs" if process.running else "has ended"
            raise SystemExit(f"No answer with {text!r} within {TIMEOUT} s; the server {state}:\n{process.log_tail()}")
        time.sleep(0.002)


def table(figures: Sequence[Figures]) -> Table:
    rows = [
        [each.server, f"{median(each.milliseconds):.0f}", f"{min(each.milliseconds):.0f}-{max(each.milliseconds):.0f}"]
        for each in figures
    ]
    return Table("From saving a file to the new answer", ["command", "median ms", "range"], rows)
