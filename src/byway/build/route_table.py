"""The route table that ``byway build`` and ``byway routes`` print."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from byway.build.manifest import RouteEntry

_MARKS = {"dynamic": ("ƒ", "Dynamic", "answered anew for each request")}


def route_table(routes: Sequence[RouteEntry], proxy: str | None = None) -> Text:
    """The routes, one a line, with a mark for how each is answered, and what the marks mean.

    ``proxy`` is the file of the app's proxy, which has a line of its own.
    """
    table = Text()
    width = max([len("Route (app)"), *(len(entry.pattern) + 4 for entry in routes)])
    methods = max([len("Methods"), *(len(" ".join(entry.methods)) for entry in routes)])
    table.append(f"{'Route (app)':<{width}}  {'Methods':<{methods}}  File\n", style="bold")
    for number, entry in enumerate(routes):
        last = number == len(routes) - 1
        branch = "─" if len(routes) == 1 else "┌" if number == 0 else "└" if last else "├"
        mark = _MARKS[entry.kind][0]
        table.append(f"{branch} {mark} ", style="dim")
        table.append(f"{entry.pattern:<{width - 4}}  ")
        table.append(f"{' '.join(entry.methods):<{methods}}  ", style="cyan")
        table.append(f"{entry.file}\n", style="dim")
    if not routes:
        table.append("  no routes yet: add a route.py to the app folder\n", style="dim")
    if proxy is not None:
        table.append("\nƒ ", style="dim")
        table.append("Proxy  ")
        table.append(f"{proxy}\n", style="dim")
    kinds = dict.fromkeys(entry.kind for entry in routes)
    for kind in kinds:
        mark, name, meaning = _MARKS[kind]
        table.append(f"\n{mark}  ({name})  {meaning}", style="dim")
    return table
