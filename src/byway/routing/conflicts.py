"""The rules that routes must keep among themselves, each with what to say when one is broken.

``find_conflicts`` looks at all routes of an app together, ``public_conflicts`` at routes beside the files of
``public/``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from byway.problems import Problem
from byway.routing.route import Route, RouteKind, pattern_of
from byway.routing.segments import Kind, Segment, parse_segment

_NOUNS: Mapping[RouteKind, str] = {
    "metadata": "a metadata file",
    "page": "a page",
    "route": "a route handler",
    "api": "an API route",
}


def find_conflicts(routes: Iterable[Route]) -> Iterator[Problem]:
    """What is wrong between routes, one problem for each cause. Any order of ``routes`` gives the same set."""
    by_pattern: defaultdict[str, list[Route]] = defaultdict(list)
    levels: defaultdict[tuple[tuple[int, str], ...], _Level] = defaultdict(_Level)
    for route in sorted(routes, key=lambda route: route.file):
        by_pattern[route.pattern].append(route)
        place = route.place
        levels[place].ends.append(route)
        for depth, segment in enumerate(route.segments):
            if segment.is_param:
                levels[place[:depth]].params[segment.kind].append(_Use(route, depth))

    for pattern, rivals in by_pattern.items():
        yield from _same_path(pattern, rivals)
    for level in levels.values():
        yield from level.conflicts()


def public_conflicts(routes: Iterable[Route], public_paths: Iterable[str]) -> tuple[Problem, ...]:
    """Files of ``public/`` that lie exactly where a route without parameters answers.

    ``public_paths`` are URL paths without percent-encoding, such as ``/logo.svg``.
    """
    paths = set(public_paths)
    return tuple(
        Problem(
            route.file,
            f'The file "public{route.pattern}" lies at the path "{route.pattern}", where this {_noun(route)} answers.',
            "Rename or remove one of them.",
        )
        for route in sorted(routes, key=lambda route: route.file)
        if not route.param_names and route.pattern in paths
    )


@dataclass(frozen=True, slots=True)
class _Use:
    """A parameter of a route, standing at ``depth`` of its segments."""

    route: Route
    depth: int

    @property
    def segment(self) -> Segment:
        return self.route.segments[self.depth]

    @property
    def is_last(self) -> bool:
        return self.depth == len(self.route.segments) - 1


@dataclass(slots=True)
class _Level:
    """All that meets at one place of the tree, whichever groups it lies in; in the order of the files."""

    ends: list[Route] = field(default_factory=list[Route])
    params: defaultdict[Kind, list[_Use]] = field(default_factory=lambda: defaultdict(list))

    def conflicts(self) -> Iterator[Problem]:
        required, optional = self.params["catch-all"], self.params["optional-catch-all"]
        if required and optional:
            yield _listing(
                "A required and an optional catch-all stand at the same level:",
                [(use.route, f'has "{use.segment}"') for use in required + optional],
                "Keep one of them; the optional one also answers without any further segment.",
            )
        ending = [use for use in optional if use.is_last]
        if ending and self.ends:
            first = ending[0]
            path = pattern_of(first.route.segments[: first.depth])
            yield _listing(
                f'The path "{path}" has the same specificity as the optional catch-all "{first.route.pattern}":',
                [(route, f'answers at "{route.pattern}"') for route in [*self.ends, *(use.route for use in ending)]],
                f'Remove one of them, or write "[...{first.segment.name}]", which needs at least one segment.',
            )
        for kind, uses in self.params.items():
            if len({use.segment.name for use in uses}) > 1:
                label = "dynamic segment" if kind == "dynamic" else kind.replace("optional-", "optional ")
                yield _listing(
                    f"Different parameter names stand for the same {label}:",
                    [(use.route, f'has "{use.segment}"') for use in uses],
                    "Use one name in all of these paths; where that leaves two files at one path, keep one of them.",
                )


def _same_path(pattern: str, rivals: list[Route]) -> Iterator[Problem]:
    kinds = {route.kind for route in rivals}
    if len(kinds) > 1:
        subject = " and ".join(noun for kind, noun in _NOUNS.items() if kind in kinds)
        yield _listing(
            f'{subject[0].upper()}{subject[1:]} answer at the same path "{pattern}":',
            [(route, f"is {_NOUNS[route.kind]}") for route in rivals],
            "Keep one of them, or move one to another folder.",
        )
        return
    if kinds == {"metadata"}:
        return  # `metadata.files` knows more of these.
    # Pages of different slots belong together: only those that fill the same slot are rivals.
    by_slot: defaultdict[str, list[Route]] = defaultdict(list)
    for route in rivals:
        by_slot[_without_groups(route.file) if route.kind == "page" else ""].append(route)
    for same in by_slot.values():
        if len(same) > 1:
            yield _listing(
                f'Several {_noun(same[0])}s resolve to the same path "{pattern}":',
                [(route, "") for route in same],
                "Keep one of them, or rename one; an index.py answers at its folder's path."
                if same[0].kind == "api"
                else "Keep one of them, or rename a folder; groups and slots are no part of the path.",
            )


def _without_groups(file: str) -> str:
    """A file's path without its groups: what tells the pages of two slots apart."""
    *folders, name = file.split("/")
    return "/".join([*(folder for folder in folders if parse_segment(folder).kind != "group"), name])


def _noun(route: Route) -> str:
    return _NOUNS[route.kind].partition(" ")[2]


def _listing(head: str, notes: list[tuple[Route, str]], cure: str) -> Problem:
    files = sorted((route.file, note) for route, note in notes)
    return Problem(files[0][0], "\n".join([head, *(f"  {file} {note}".rstrip() for file, note in files)]), cure)
