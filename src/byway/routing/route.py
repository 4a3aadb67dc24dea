"""What the tree knows of one route."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from byway.routing.segments import Segment

RouteKind = Literal["route", "page", "api", "metadata"]


@dataclass(frozen=True, slots=True)
class Route:
    """A file that answers at a URL.

    ``pattern`` is the URL with parameters as their folders spell them (``/items/[slug]``), groups and slots left out;
    ``segments`` are its parts, ``()`` for the root. ``file`` is relative to the project's root, with forward slashes.
    ``kind`` is ``"route"`` for a ``route.py``, ``"page"`` for a ``page.py`` and ``"api"`` for a file of ``pages/api/``.
    """

    pattern: str
    segments: tuple[Segment, ...]
    file: str
    kind: RouteKind
    param_names: tuple[str, ...]

    @property
    def place(self) -> tuple[tuple[int, str], ...]:
        """Where the route stands in the tree. Routes sorted by it are in order of precedence.

        At each level a route of its own comes first, then static segments by name, then the dynamic segment, the
        catch-all and the optional catch-all.
        """
        return tuple(segment.place for segment in self.segments)


def pattern_of(segments: Iterable[Segment]) -> str:
    """The pattern of URL segments: ``/`` for none."""
    return "/" + "/".join(map(str, segments))
