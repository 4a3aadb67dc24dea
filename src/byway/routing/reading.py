"""One file of an app, read as a route, with all that is wrong with its folders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from byway.routing.route import Route, RouteKind, pattern_of
from byway.routing.segments import Segment, SegmentError, parse_segment

_KINDS: dict[str, RouteKind] = {"route.py": "route", "page.py": "page"}

# With these begin the marks of the App Router's own conventions.
_NO_MARKS_IN_API = ("_", "@", "(")

_NON_WORD = re.compile(r"\W")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a folder. Many files may lie below it: the folder is what makes it one fault."""

    folder: str
    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file comes to. Without a route the file has no URL; with faults it is not to be served."""

    route: Route | None = None
    faults: tuple[Fault, ...] = ()


def read_file(file: str) -> Reading:
    """Read the path of one file below ``app/`` or ``pages/``, or ``src/app/`` or ``src/pages/``.

    In ``app/``, files other than ``route.py`` and ``page.py``, files in private folders and intercepting pages have no
    URL.
    """
    if is_in_pages(file):
        return _read_api_file(file)
    *folders, name = file.split("/")
    top = 2 if folders[0] == "src" else 1
    kind = _KINDS.get(name)
    if kind is None or any(folder.startswith("_") for folder in folders[top:]):
        return Reading()

    url: list[_Step] = []
    faults: list[Fault] = []
    routable = True
    for depth in range(top, len(folders)):
        path = "/".join(folders[: depth + 1])
        try:
            segment = parse_segment(folders[depth])
        except SegmentError as error:
            faults.append(Fault(path, error.what, error.cure))
            routable = False
            continue
        if segment.in_url:
            step = _Step(path, segment)
            faults.extend(_misplaced(url, step))
            url.append(step)
        elif segment.kind == "intercepting":
            routable = False
            if kind == "route":
                what = f'A route handler below the intercepting folder "{segment}" is never reached.'
                faults.append(Fault(path, what, "Move it out of that folder: only pages can be intercepted."))

    if not routable:
        return Reading(None, tuple(faults))
    return Reading(_route(file, kind, url), tuple(faults))


def is_in_pages(file: str) -> bool:
    """Whether ``file`` lies below ``pages/`` rather than below ``app/``."""
    return file.removeprefix("src/").startswith("pages/")


def _read_api_file(file: str) -> Reading:
    """Read the path of one file below ``pages/``: every Python file of ``pages/api`` is a route.

    Folders and files are segments alike; groups, private folders, slots and intercepting folders are not known there,
    so that such a name is a name like any other. An ``index.py`` answers at its folder's path.
    """
    top = 2 if file.startswith("src/") else 1
    pieces = file.removesuffix(".py").split("/")[top:]
    if not file.endswith(".py") or pieces[-1] == "__init__":
        return Reading()
    if pieces[0] != "api":
        folder = "/".join(file.split("/")[:top])
        what = f'Of the folder "{folder}" only "{folder}/api" is served: this file would answer nowhere.'
        app = folder.removesuffix("pages") + "app"
        cure = f'Write a page as "{app}/…/page.py"; move a module that others import out of the folder.'
        return Reading(None, (Fault(file, what, cure),))
    if pieces[-1] == "index":
        del pieces[-1]
    url: list[_Step] = []
    faults: list[Fault] = []
    for depth, piece in enumerate(pieces, start=top + 1):
        path = "/".join(file.split("/")[:depth])
        try:
            segment = parse_segment(piece) if piece[0] not in _NO_MARKS_IN_API else Segment("static", piece)
        except SegmentError as error:
            # The name may be that of a file.
            faults.append(Fault(path, error.what.replace("The folder", "The name", 1), error.cure))
            return Reading(None, tuple(faults))
        step = _Step(path, segment)
        faults.extend(_misplaced(url, step))
        url.append(step)
    return Reading(_route(file, "api", url), tuple(faults))


def _route(file: str, kind: RouteKind, url: Sequence[_Step]) -> Route:
    segments = tuple(step.segment for step in url)
    names = tuple(segment.name for segment in segments if segment.is_param)
    return Route(pattern_of(segments), segments, file, kind, names)


@dataclass(frozen=True, slots=True)
class _Step:
    path: str
    segment: Segment


def _misplaced(above: Sequence[_Step], step: _Step) -> Iterator[Fault]:
    """What is wrong with a segment because of those above it in the URL."""
    name = step.segment.name
    pattern = pattern_of([*(one.segment for one in above), step.segment])
    for one in above:
        if one.segment.is_catch_all:
            label = one.segment.kind.replace("optional-", "optional ")
            what = f'The {label} "{one.segment}" must be the last part of the URL, but folders with routes follow it.'
            yield Fault(one.path, what, f'End the path there, or write "[{one.segment.name}]" for a single segment.')
        if not (step.segment.is_param and one.segment.is_param):
            continue
        if one.segment.name == name:
            what = f'The parameter name "{name}" repeats within "{pattern}".'
            yield Fault(step.path, what, "Give each parameter of a path its own name.")
        elif _NON_WORD.sub("", one.segment.name) == _NON_WORD.sub("", name):
            what = (
                f'The parameter names "{one.segment.name}" and "{name}" in "{pattern}" differ only by non-word symbols.'
            )
            yield Fault(step.path, what, "Give them names that differ in letters, digits or underscores.")
