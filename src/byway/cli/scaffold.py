"""``byway new``: a small app to begin with."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def scaffold(directory: Path) -> list[str]:
    """Copy the template into ``directory`` and return the paths of its files, relative to it.

    Raises ``FileExistsError`` when ``directory`` exists and is not empty.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise FileExistsError(f'"{directory}" exists already and is not empty; give the name of a new folder.')
    name = directory.resolve().name
    written: list[str] = []
    for path, source in _walk(files("byway.cli") / "template", ""):
        # A file that would mean something to tools inside the package itself carries a suffix there.
        target = directory / path.removesuffix(".template")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text(encoding="utf-8").replace("{{name}}", name), encoding="utf-8")
        written.append(target.relative_to(directory).as_posix())
    return sorted(written)


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        if entry.name == "__pycache__":
            continue
        path = f"{prefix}{entry.name}"
        found += _walk(entry, f"{path}/") if entry.is_dir() else [(path, entry)]
    return found
