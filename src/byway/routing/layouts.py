"""What lies around a page: the layouts that wrap it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from byway.routing.segments import parse_segment


@dataclass(frozen=True, slots=True)
class Layout:
    """A ``layout.py``; ``param_names`` are the parameters of the folders from the app's root down to its own."""

    file: str
    param_names: tuple[str, ...]


def layouts_of(page: str, files: Collection[str]) -> tuple[Layout, ...]:
    """The layouts that wrap the file ``page``, the root layout first.

    They are the files named ``layout.py`` in the app's folder, in the page's, and in every folder between them, route
    groups included. ``files`` are all files of the app, and their folders are without faults.
    """
    layouts = (Layout(f"{folder}/layout.py", names) for folder, names in folders_of(page))
    return tuple(layout for layout in layouts if layout.file in files)


def folders_of(page: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The folders from the app's down to that of the file ``page``, each with the parameters of the way there."""
    folders = page.split("/")[:-1]
    top = 2 if folders[0] == "src" else 1
    found: list[tuple[str, tuple[str, ...]]] = []
    names: list[str] = []
    for depth in range(top, len(folders) + 1):
        if depth > top:
            segment = parse_segment(folders[depth - 1])
            if segment.is_param:
                names.append(segment.name)
        found.append(("/".join(folders[:depth]), tuple(names)))
    return tuple(found)
