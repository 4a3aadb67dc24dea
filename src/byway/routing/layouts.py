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
    folders = page.split("/")[:-1]
    top = 2 if folders[0] == "src" else 1
    layouts: list[Layout] = []
    names: list[str] = []
    for depth in range(top, len(folders) + 1):
        if depth > top:
            segment = parse_segment(folders[depth - 1])
            if segment.is_param:
                names.append(segment.name)
        file = "/".join([*folders[:depth], "layout.py"])
        if file in files:
            layouts.append(Layout(file, tuple(names)))
    return tuple(layouts)
