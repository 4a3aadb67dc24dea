"""What is for a path, found by its first segment: so a request does not pay for what is for other paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class BySegment(Generic[T]):
    """Something for each path, found by its first segment below ``base_path``, in any letter case.

    ``make`` makes it: once for each of the segments ``firsts``, which are in lower case, and with None for all others.
    """

    __slots__ = ("_by_first", "_default", "_depth")

    def __init__(self, firsts: Iterable[str], make: Callable[[str | None], T], base_path: str = "") -> None:
        self._by_first = {first: make(first) for first in set(firsts)}
        self._default = make(None)
        self._depth = base_path.count("/") + 1

    def at(self, path: str) -> T:
        """What there is for ``path``."""
        depth = self._depth
        pieces = path.split("/", depth + 1)
        first = pieces[depth] if len(pieces) > depth else ""
        return self._by_first.get(first.lower(), self._default)
