"""Time that the matcher takes for one path, by the number of routes: it should not grow with them."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from report import Table

from byway.routing.matcher import Matcher
from byway.routing.segments import Segment, parse_segment

SIZES: Final = (10, 1_000, 10_000)
PATHS: Final = 1_000

# An app's usual mixture: of ten routes five are static, three end in a parameter, one goes on below it and one takes
# all the rest. Each stands in a section of its own, below which the paths look like those of a request.
SHAPES: Final = (
    *("dashboard/settings/profile",) * 5,
    *("items/[id]",) * 3,
    "users/[user]/posts/[post]",
    "docs/[...path]",
)
KINDS: Final = {
    "static": ("dashboard/settings/profile", "dashboard/settings/profile"),
    "[id]": ("items/[id]", "items/42"),
    "[user] and [post]": ("users/[user]/posts/[post]", "users/ada/posts/2026-11-21"),
    "[...path]": ("docs/[...path]", "docs/guide/routing/segments"),
    "[id], %-encoded": ("items/[id]", "items/caf%C3%A9"),
    "no route": ("items/[id]", "nowhere/at/all"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one number of routes: milliseconds to build the matcher, nanoseconds for one path of each kind."""

    routes: int
    build_ms: float
    match_ns: dict[str, float]


def measure(rounds: int) -> list[Figures]:
    return [_measure(size, rounds) for size in SIZES]


def _measure(size: int, rounds: int) -> Figures:
    shapes = [SHAPES[number % len(SHAPES)] for number in range(size)]
    routes = [(_segments(f"section-{number}/{shape}"), number) for number, shape in enumerate(shapes)]
    begun = time.perf_counter()
    matcher = Matcher(routes)
    build = time.perf_counter() - begun
    chance = random.Random(0)
    match_ns: dict[str, float] = {}
    for kind, (shape, path) in KINDS.items():
        sections = [number for number, other in enumerate(shapes) if other == shape]
        paths = [f"/section-{chance.choice(sections)}/{path}" for _ in range(PATHS)]
        hit = matcher.match(paths[0]) is not None
        assert hit == (kind != "no route"), kind
        match_ns[kind] = min(_time(matcher, paths) for _ in range(10 * rounds))
    return Figures(size, build * 1e3, match_ns)


def _time(matcher: Matcher[int], paths: Sequence[str]) -> float:
    """Nanoseconds for one path; the loop around the call is counted with it."""
    match = matcher.match
    begun = time.perf_counter_ns()
    for path in paths:
        match(path)
    return (time.perf_counter_ns() - begun) / len(paths)


def _segments(folders: str) -> list[Segment]:
    return [parse_segment(folder) for folder in folders.split("/")]


def table(figures: Sequence[Figures]) -> Table:
    rows = [
        [f"{each.routes:,}", f"{each.build_ms:,.1f}", *(f"{time_ns:,.0f}" for time_ns in each.match_ns.values())]
        for each in figures
    ]
    return Table("The matcher: nanoseconds for one path", ["routes", "build ms", *KINDS], rows)
