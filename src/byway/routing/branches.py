"""Which files show a URL: its page, and what the slots of the folders on the way show beside it.

Implements the documents' parallel routes. A folder ``@team`` is a slot of the folder that it lies in: the layout there
is given what the slot shows, besides its ``children``, which are a slot as well, one without a folder of its own. Each
slot is looked through for the rest of the URL by itself: a page that spells it as the route does goes before one whose
dynamic segments take it, and a page before a ``default.py``, which is shown where there is none. A URL is one of the
app when any slot on its way has a page for it, and the ``children`` something to show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byway.routing.segments import Segment, SegmentError, parse_segment


@dataclass(frozen=True, slots=True)
class Binding:
    """A parameter of a branch, and the segments of the URL that it takes: texts, and names of the route's parameters.

    In a slot a dynamic segment may stand beside a static one of the page.
    """

    name: str
    sources: tuple[tuple[bool, str], ...]
    is_list: bool

    def value(self, params: Mapping[str, Any]) -> Any:
        """The value for the route's ``params``; None when there is none."""
        values: list[str] = []
        for is_param, text in self.sources:
            value: Any = params.get(text) if is_param else text
            values += value if isinstance(value, list) else [] if value is None else [value]
        if not values:
            return None
        return values if self.is_list else values[0]


@dataclass(frozen=True, slots=True)
class Step:
    """A folder on the way to a file, the parameters so far, and what the folder's slots show; None is nothing."""

    folder: str
    bindings: tuple[Binding, ...]
    slots: Mapping[str, Branch | None]


@dataclass(frozen=True, slots=True)
class Branch:
    """The folders on the way to a ``page.py`` or ``default.py``, from the outermost inwards, and that ``file``."""

    steps: tuple[Step, ...]
    file: str
    bindings: tuple[Binding, ...]


class Branches:
    """Finds the branches of URLs among ``files``, which are all files of the app."""

    def __init__(self, files: Collection[str]) -> None:
        self._files = frozenset(files)
        folders: defaultdict[str, set[str]] = defaultdict(set)
        for file in files:
            above = file.rpartition("/")[0]
            while "/" in above:
                parent = above.rpartition("/")[0]
                folders[parent].add(above)
                above = parent
        self._folders = {
            parent: sorted(((_segment(one), one) for one in below), key=_precedence)
            for parent, below in folders.items()
        }

    def find(self, app: str, segments: Sequence[Segment]) -> Branch | None:
        """The branch from the folder ``app`` for a URL with ``segments``; None when it has nothing to show there."""
        rest = tuple(segments)
        exact = self._search(app, rest, (), is_exact=True)
        return exact or self._search(app, rest, (), is_exact=False)

    def defaults(self, folder: str, bindings: tuple[Binding, ...] = ()) -> dict[str, Branch | None]:
        """What the slots of ``folder`` show where they have no page: their ``default.py``."""
        return {segment.name: self._slot_default(one, bindings) for segment, one in self._slots(folder)}

    def _search(
        self, folder: str, rest: tuple[Segment, ...], bindings: tuple[Binding, ...], *, is_exact: bool
    ) -> Branch | None:
        """The branch below ``folder`` for the ``rest`` of a URL.

        With ``is_exact`` some page of it must spell the rest as it is. Where one does, the others may have dynamic
        segments that take what is static there.
        """
        below = self._below(folder, rest, bindings, is_exact=is_exact)
        slots = {
            segment.name: self._search(one, rest, bindings, is_exact=is_exact) for segment, one in self._slots(folder)
        }
        if below is None:
            if not any(slots.values()):
                return None
            if is_exact:
                below = self._below(folder, rest, bindings, is_exact=False)
            below = below or self._default(folder, bindings)
            if below is None:
                return None
        for segment, one in self._slots(folder):
            shown = slots[segment.name]
            if shown is None and is_exact:
                shown = self._search(one, rest, bindings, is_exact=False)
            slots[segment.name] = shown or self._slot_default(one, bindings)
        return Branch((Step(folder, bindings, slots), *below.steps), below.file, below.bindings)

    def _below(
        self, folder: str, rest: tuple[Segment, ...], bindings: tuple[Binding, ...], *, is_exact: bool
    ) -> Branch | None:
        if not rest and f"{folder}/page.py" in self._files:
            return Branch((), f"{folder}/page.py", bindings)
        default: Branch | None = None
        for segment, one in self._folders.get(folder, ()):
            if segment.kind == "group":
                found = self._search(one, rest, bindings, is_exact=is_exact)
            elif segment.in_url and (taken := _taken(segment, rest, is_exact=is_exact)) is not None:
                own = (_bind(segment, rest[:taken]),) if segment.is_param else ()
                found = self._search(one, rest[taken:], bindings + own, is_exact=is_exact)
            else:
                continue
            if found is not None and found.file.endswith("/page.py"):
                return found
            default = default or found
        return default

    def _slots(self, folder: str) -> list[tuple[Segment, str]]:
        return [(segment, one) for segment, one in self._folders.get(folder, ()) if segment.kind == "slot"]

    def _default(self, folder: str, bindings: tuple[Binding, ...]) -> Branch | None:
        file = f"{folder}/default.py"
        return Branch((), file, bindings) if file in self._files else None

    def _slot_default(self, slot: str, bindings: tuple[Binding, ...]) -> Branch | None:
        default = self._default(slot, bindings)
        if default is None:
            return None
        return Branch((Step(slot, bindings, self.defaults(slot, bindings)),), default.file, bindings)


def _segment(folder: str) -> Segment:
    try:
        return parse_segment(folder.rpartition("/")[2])
    except SegmentError:  # told elsewhere
        return Segment("private", folder)


def _precedence(one: tuple[Segment, str]) -> tuple[int, str]:
    segment, folder = one
    return (segment.place[0] if segment.in_url else -1, folder)


def _taken(segment: Segment, rest: tuple[Segment, ...], *, is_exact: bool) -> int | None:
    """How many segments of the URL's ``rest`` the folder of ``segment`` takes; None when it is not for it."""
    if segment.kind == "optional-catch-all" and not rest:
        return 0
    if not rest:
        return None
    first = rest[0]
    if segment == first:
        return 1
    if is_exact or segment.kind == "static":
        return None
    if segment.is_catch_all:
        return len(rest)
    return None if first.is_catch_all else 1


def _bind(segment: Segment, taken: tuple[Segment, ...]) -> Binding:
    return Binding(segment.name, tuple((one.is_param, one.name) for one in taken), segment.is_catch_all)
