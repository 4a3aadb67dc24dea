"""The route of a request's path.

Theory of operation
-------------------
Routes form a trie whose edges are segments. A path is split at ``/`` while it is still percent-encoded, so that
``%2F`` stays inside its segment, and each piece is decoded exactly once. A walk then finds the *leaf*: at every level
it tries the static child first, then the dynamic one, then the catch-all, then the optional catch-all, and comes back
to the next of them when a deeper level has no answer.

A segment's index in its route equals its piece's index in the path. The walk therefore collects nothing: a leaf knows
the indices of its parameters and picks their values at the end. No node is visited twice in one walk, and a node
without alternatives costs one step of a loop, so an ordinary match takes time proportional to the path's depth.

Two tables beside the trie spare the walk, and give the answers it would give. A path without parameters is answered
by one look-up of the raw path: being static at every level, it is preferred to every other. A path whose last piece
alone is a parameter is answered by a look-up of what stands before it: had that last piece been the name of a static
route, the first table would have known the path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeAlias, TypeVar
from urllib.parse import quote, unquote_to_bytes

from byway.routing.segments import Segment

T = TypeVar("T")

Params: TypeAlias = dict[str, str | list[str]]
Match: TypeAlias = tuple[T, Params | None]

_MALFORMED_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

# What RFC 3986 allows in a segment besides letters and digits: clients send these as they are.
SEGMENT_SAFE = "-._~!$&'()*+,;=:@"


class BadPath(ValueError):
    """A path that is not valid percent-encoded UTF-8; the answer is 400."""


class Matcher(Generic[T]):
    """Finds the value stored for a path.

    Built once from pairs of URL segments and values, in any order; the segments come from a tree without problems.
    ``new_params`` makes the dict that a match with parameters is given.
    """

    __slots__ = ("_last", "_new_params", "_root", "_routes", "_static")

    def __init__(self, routes: Iterable[tuple[Sequence[Segment], T]], new_params: Callable[[], Params] = dict) -> None:
        self._new_params = new_params
        self._root: _Node[T] = _Node()
        self._routes = pairs = [(tuple(segments), value) for segments, value in routes]
        for segments, value in pairs:
            self._root.add(segments, value)
        self._root.finish()
        self._static: dict[str, Match[T]] = {}
        self._last: dict[str, tuple[T, str]] = {}  # by the path above: the value, and its one parameter's name
        for segments, value in pairs:
            self._tabulate(segments, value)

    def match(self, raw_path: str) -> Match[T] | None:
        """The value of the route that answers at ``raw_path``, and its parameters; None when no route does.

        ``raw_path`` is the undecoded path: it begins with ``/``, has no empty piece, and ends with ``/`` only when it
        is the root. Parameters are decoded; a catch-all is a list. A match without parameters, such as an optional
        catch-all that is absent, has None for them. The dict and its lists belong to the caller.

        :raises BadPath: the path has a percent-encoding that is malformed or not UTF-8.
        """
        if (hit := self._static.get(raw_path)) is not None:
            return hit
        if "%" in raw_path:
            pieces = decode_path(raw_path)
        else:
            above, _, last = raw_path.rpartition("/")
            if (ending := self._last.get(above)) is not None and last:
                value, name = ending
                params = self._new_params()
                params[name] = last
                return value, params
            pieces = raw_path.split("/")
        if not pieces[-1]:  # the root, which has no piece to match a parameter with
            return None
        leaf = self._root.find(pieces, 1, len(pieces))
        if leaf is None:
            return None
        params = self._new_params()
        for name, index in leaf.names:
            params[name] = pieces[index]
        if (rest := leaf.rest) is not None and (tail := pieces[rest[1] :]):
            params[rest[0]] = tail
        return (leaf.value, params) if params else leaf.bare

    def without(self, value: T) -> Matcher[T]:
        """A matcher for the other routes: those whose value is not ``value``."""
        return Matcher([route for route in self._routes if route[1] is not value], self._new_params)

    def _tabulate(self, segments: tuple[Segment, ...], value: T) -> None:
        """Enter a route in the tables when its last segment at most is a parameter."""
        last = segments[-1] if segments and segments[-1].is_param else None
        names = [segment.name for segment in (segments[:-1] if last else segments)]
        if (last and last.kind == "catch-all") or any(segment.is_param for segment in segments[: len(names)]):
            return
        raw = "".join(f"/{name}" for name in names)
        if last and last.kind == "dynamic":
            self._last[raw] = (value, last.name)
            return
        # A route without parameters, in the spellings that clients use; a raw "%" would begin an encoding.
        hit: Match[T] = (value, None)
        self._static["".join(f"/{quote(name, safe=SEGMENT_SAFE)}" for name in names) or "/"] = hit
        if "%" not in raw:
            self._static[raw or "/"] = hit


class _Leaf(Generic[T]):
    """The end of a route: its value, and where in the path its parameters stand."""

    __slots__ = ("bare", "names", "rest", "value")

    def __init__(self, segments: tuple[Segment, ...], value: T) -> None:
        # Index 0 is the empty piece before the first slash.
        indexed = list(enumerate(segments, start=1))
        self.value = value
        self.bare: Match[T] = (value, None)
        self.names = tuple((segment.name, index) for index, segment in indexed if segment.kind == "dynamic")
        self.rest = next(((segment.name, index) for index, segment in indexed if segment.is_catch_all), None)


class _Node(Generic[T]):
    """A place in the trie.

    ``leaf`` answers when the path ends here, ``rest`` when it goes on and no child answers.
    """

    __slots__ = ("dynamic", "leaf", "optional", "rest", "static")

    def __init__(self) -> None:
        self.static: dict[str, _Node[T]] = {}
        self.dynamic: _Node[T] | None = None
        self.rest: _Leaf[T] | None = None
        self.optional: _Leaf[T] | None = None
        self.leaf: _Leaf[T] | None = None

    def add(self, segments: tuple[Segment, ...], value: T) -> None:
        node = self
        leaf = _Leaf(segments, value)
        for segment in segments:
            if segment.kind == "static":
                node = node.static.setdefault(segment.name, _Node())
            elif segment.kind == "dynamic":
                node.dynamic = node.dynamic or _Node()
                node = node.dynamic
            elif segment.kind == "catch-all":
                node.rest = leaf
                return
            else:
                node.optional = leaf
                return
        node.leaf = leaf

    def finish(self) -> None:
        """Settle what depends on all siblings, once every route is in."""
        self.rest = self.rest or self.optional
        self.leaf = self.leaf or self.optional
        for child in self.static.values():
            child.finish()
        if self.dynamic:
            self.dynamic.finish()

    def find(self, pieces: list[str], index: int, end: int) -> _Leaf[T] | None:
        """The leaf for ``pieces[index:end]`` below this node."""
        node = self
        fallback: _Leaf[T] | None = None
        while index < end:
            fallback = node.rest or fallback
            child = node.static.get(pieces[index])
            dynamic = node.dynamic
            index += 1
            if child is None:
                child = dynamic
            elif dynamic is not None:
                # The one fork: both children are possible, and the second is tried when the first has no answer.
                if (leaf := child.find(pieces, index, end)) is not None:
                    return leaf
                child = dynamic
            if child is None:
                return fallback
            node = child
        return node.leaf or fallback


def decode_path(raw_path: str) -> list[str]:
    """The pieces of ``raw_path`` between its slashes, decoded.

    :raises BadPath: the path has a percent-encoding that is malformed or not UTF-8.
    """
    if _MALFORMED_ESCAPE.search(raw_path):
        raise BadPath(f"The path {raw_path!r} has a malformed percent-encoding.")
    try:
        return [unquote_to_bytes(piece).decode() if "%" in piece else piece for piece in raw_path.split("/")]
    except UnicodeDecodeError:
        raise BadPath(f"The path {raw_path!r} has a percent-encoding that is not UTF-8.") from None
