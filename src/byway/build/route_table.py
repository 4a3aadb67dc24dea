"""The route table that ``byway build`` and ``byway routes`` print."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from byway.build.manifest import RouteEntry
from byway.routing.reading import is_in_pages

_MARKS = {
    "static": ("○", "Static", "made ahead, by the build"),
    "ssg": ("●", "SSG", "made ahead for the paths that its file lists, others at their first visit"),
    "dynamic": ("ƒ", "Dynamic", "answered anew for each request"),
}
# Of the paths of a route so many are shown.
_MOST_PATHS = 3
_UNITS = ((31_536_000, "y"), (604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def route_table(routes: Sequence[RouteEntry], proxy: str | None = None) -> Text:
    """The routes, one a line, with a mark for how each is answered, and what the marks mean.

    Those of ``app/`` come first, then those of ``pages/``. Kept ones have the times after which they are made anew,
    the others the reason why they are not kept. ``proxy`` is the file of the app's proxy, which has a line of its own.
    """
    table = Text()
    pages = [entry for entry in routes if is_in_pages(entry.file)]
    app = [entry for entry in routes if not is_in_pages(entry.file)]
    if app or not pages:
        _append_routes(table, "Route (app)", app)
    if not routes:
        table.append("  no routes yet: add a route.py to the app folder\n", style="dim")
    if pages:
        if app:
            table.append("\n")
        _append_routes(table, "Route (pages)", pages)
    if proxy is not None:
        table.append("\nƒ ", style="dim")
        table.append("Proxy  ")
        table.append(f"{proxy}\n", style="dim")
    present = {entry.kind for entry in routes}
    for kind, (mark, name, meaning) in _MARKS.items():
        if kind in present:
            table.append(f"\n{mark}  ({name})  {meaning}", style="dim")
    return table


def _append_routes(table: Text, title: str, routes: Sequence[RouteEntry]) -> None:
    """Add the lines of ``routes``, below a line of headings that begins with ``title``."""
    rows = [_row(entry) for entry in routes]
    titles = (title, "Methods", "Revalidate", "Expire", "File")
    # Times are shown when there are any.
    shown = [column for column in range(4) if column < 2 or any(row[column] for row in rows)]
    widths = {column: max(len(titles[column]), *(len(row[column]) for row in rows), 0) for column in shown}
    widths[0] = max([len(titles[0]), *(len(path) + 6 for entry in routes for path in _listed(entry)), widths[0] + 4])
    heads = [f"{titles[column]:<{widths[column]}}  " for column in shown]
    table.append(f"{''.join(heads)}{titles[4]}\n", style="bold")
    for number, (entry, row) in enumerate(zip(routes, rows, strict=True)):
        last = number == len(routes) - 1
        branch = "─" if len(routes) == 1 else "┌" if number == 0 else "└" if last else "├"
        table.append(f"{branch} {_MARKS[entry.kind][0]} ", style="dim")
        table.append(f"{row[0]:<{widths[0] - 4}}  ")
        for column in shown[1:]:
            table.append(f"{row[column]:<{widths[column]}}  ", style="cyan" if column == 1 else None)
        table.append(entry.file, style="dim")
        if entry.why is not None:
            table.append(f"  {entry.why}", style="dim")
        table.append("\n")
        paths = _listed(entry)
        for place, path in enumerate(paths, 1):
            twig = "└" if place == len(paths) else "├"
            table.append(f"{' ' if last else '│'}   {twig} {path}\n", style="dim")


def _row(entry: RouteEntry) -> tuple[str, str, str, str]:
    if entry.kind == "dynamic":
        return entry.pattern, " ".join(entry.methods), "", ""
    revalidate = "" if entry.revalidate is None else _time(entry.revalidate)
    return entry.pattern, " ".join(entry.methods), revalidate, "" if entry.expire is None else _time(entry.expire)


def _listed(entry: RouteEntry) -> list[str]:
    if entry.kind != "ssg":
        return []
    paths, more = entry.paths[:_MOST_PATHS], len(entry.paths) - _MOST_PATHS
    return [*paths, *([f"[+{more} more path{'s' if more > 1 else ''}]"] if more > 0 else [])]


def _time(seconds: float) -> str:
    """``seconds`` in the greatest unit that needs no fraction: ``"15m"``, ``"1y"``."""
    for size, unit in _UNITS:
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
