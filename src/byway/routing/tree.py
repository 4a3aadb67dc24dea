"""The list of an app's files, turned into its routes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from byway.problems import Problem
from byway.routing.conflicts import find_conflicts
from byway.routing.reading import Fault, read_file
from byway.routing.route import Route

__all__ = ["Route", "build_tree"]


def build_tree(files: Iterable[str], others: Iterable[Route] = ()) -> tuple[tuple[Route, ...], tuple[Problem, ...]]:
    """The routes of an app, in order of precedence, and everything that is wrong with its folders.

    ``files`` are paths below ``app/`` and ``pages/``, or below these in ``src/``, relative to the project's root, with
    forward slashes, in any order. Files named ``route.py`` and ``page.py`` make routes, and those of ``pages/api/``.
    Where several files claim one place, one of them is the route: that is a problem, unless they are pages that fill
    different slots. ``others`` are routes that other files make: they are not
    among those returned, but must not be in their way.
    """
    blamed: defaultdict[Fault, list[str]] = defaultdict(list)  # the files below each faulty folder
    routes: list[Route] = []
    sound: list[Route] = []
    for file in sorted(set(files)):
        reading = read_file(file)
        for fault in dict.fromkeys(reading.faults):
            blamed[fault].append(file)
        if reading.route:
            routes.append(reading.route)
            if not reading.faults:
                sound.append(reading.route)

    problems = {_problem(fault, below) for fault, below in blamed.items()}
    problems.update(find_conflicts([*routes, *others]))
    return _one_for_each_place(sound), tuple(sorted(problems))


def _problem(fault: Fault, files: list[str]) -> Problem:
    listed = [f"  {file}" for file in files] if len(files) > 1 else []
    return Problem(files[0], "\n".join([fault.what, *listed]), fault.cure)


def _one_for_each_place(routes: Iterable[Route]) -> tuple[Route, ...]:
    # Later entries replace earlier ones, so a page outside all slots, which is its layout's `children`, comes last.
    best_last = sorted(routes, key=lambda route: ("/@" in route.file, route.file), reverse=True)
    chosen = {route.place: route for route in best_last}
    return tuple(chosen[place] for place in sorted(chosen))
