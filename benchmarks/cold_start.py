"""Time from starting a server's process to its first answer, by the number of routes, each in a file of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from environment import APPS, BIN, WORK, run
from processes import free_port
from report import Table
from servers import BARE, BODY, PATH, SERVERS

SIZES: Final = (1, 100, 1_000)


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds to the first answer, one for each round."""

    server: str
    routes: int
    seconds: list[float]


def _byway_app(directory: Path, size: int) -> None:
    shutil.copytree(APPS / "byway", directory)
    handler = (APPS / "byway/app/items/[id]/route.py").read_text()
    for number in range(1, size):
        folder = directory / f"app/section-{number}/[id]"
        folder.mkdir(parents=True)
        (folder / "route.py").write_text(handler)
    run([BIN / "byway", "build", directory])


_FASTAPI_APP = """
from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter, FastAPI

import routes

modules = [import_module(f"routes.{module.name}") for module in iter_modules(routes.__path__)]
app = FastAPI()
for first in range(0, len(modules), 50):
    part = APIRouter()
    for module in modules[first : first + 50]:
        part.include_router(module.router)
    app.include_router(part)
"""

_FASTAPI_ROUTE = """
from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()


@router.get("/%s/{id}")
async def read_item(id: str, q: str | None = None) -> dict[str, str | None]:
    return {"id": id, "q": q}
"""


def _fastapi_app(directory: Path, size: int) -> None:
    """A router in a module for each part; included one by one, 1,000 routers exceed Python's recursion limit."""
    (directory / "routes").mkdir(parents=True)
    (directory / "app.py").write_text(_FASTAPI_APP)
    for number in range(size):
        name = f"section_{number}" if number else "items"
        (directory / "routes" / f"{name}.py").write_text(_FASTAPI_ROUTE % name)


def _bare_app(directory: Path, size: int) -> None:
    shutil.copytree(APPS / "bare", directory)


STARTERS: Final[Mapping[str, Callable[[Path, int], None]]] = {
    BARE: _bare_app,
    "byway": _byway_app,
    "fastapi": _fastapi_app,
}


def measure(names: Iterable[str], rounds: int) -> list[Figures]:
    """One start before those that count compiles the modules and fills the disk's cache."""
    figures: list[Figures] = []
    for name in names:
        for size in SIZES[:1] if name == BARE else SIZES:
            directory = WORK / "cold-start" / f"{name}-{size}"
            shutil.rmtree(directory, ignore_errors=True)
            STARTERS[name](directory, size)
            _start(name, directory)
            seconds = [_start(name, directory) for _ in range(rounds)]
            figures.append(Figures(SERVERS[name].label, size, seconds))
            print(f"{SERVERS[name].label}, {size:,} routes: {median(seconds):.2f} s", flush=True)
    return figures


def _start(name: str, directory: Path) -> float:
    port = free_port()
    with SERVERS[name].start(directory, port) as process:
        return process.wait_for(port, PATH, BODY)


def table(figures: Sequence[Figures]) -> Table:
    rows = [[each.server, f"{each.routes:,}", f"{median(each.seconds):.2f}"] for each in figures]
    return Table("Cold start: from the process to its first answer", ["server", "routes", "seconds"], rows)
