"""One folder name, read as a segment of a route.

Implements the folder conventions of the App Router: static names, dynamic segments ``[x]``, catch-all segments
``[...x]``, optional catch-all segments ``[[...x]]``, route groups ``(g)``, private folders ``_x``, parallel slots
``@s`` and intercepting folders ``(.)x``. The name of a static folder may be percent-encoded: ``%5Fx`` is a static
segment that begins with an underscore.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, NoReturn
from urllib.parse import unquote

Kind = Literal["static", "dynamic", "catch-all", "optional-catch-all", "group", "private", "slot", "intercepting"]

# The place of each kind among its siblings; folders that add nothing to the URL have none.
RANKS: Final[dict[Kind, int]] = {"static": 0, "dynamic": 1, "catch-all": 2, "optional-catch-all": 3}

_SPELLINGS: Final[dict[Kind, str]] = {
    "static": "{}",
    "dynamic": "[{}]",
    "catch-all": "[...{}]",
    "optional-catch-all": "[[...{}]]",
    "group": "({})",
    "private": "_{}",
    "slot": "@{}",
    "intercepting": "{}",
}

_INTERCEPTING = re.compile(r"(\(\.{1,3}\))+")

_BRACKETS_CURE = (
    'Brackets enclose a whole folder name: write "[name]", "[...name]" or "[[...name]]", or leave the brackets out.'
)


class SegmentError(ValueError):
    """A folder name that no convention knows; ``what`` is wrong with it, and its ``cure``, are whole sentences."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what} {cure}")
        self.what = what
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Segment:
    """One folder of a route.

    ``name`` is the text that the kind's marks enclose: a static segment's text as it stands in the decoded URL, a
    parameter's, group's or slot's name, a private folder's name without its underscore. An intercepting folder keeps
    its whole name. ``str(segment)`` is the spelling in a route's pattern.
    """

    kind: Kind
    name: str

    @property
    def in_url(self) -> bool:
        """Whether the segment stands for a part of the URL."""
        return self.kind in RANKS

    @property
    def is_param(self) -> bool:
        """Whether the segment gives a value to a parameter."""
        return RANKS.get(self.kind, 0) > 0

    @property
    def is_catch_all(self) -> bool:
        """Whether the segment takes all the rest of a path, and its parameter is a list."""
        return self.kind in ("catch-all", "optional-catch-all")

    @property
    def place(self) -> tuple[int, str]:
        """What tells a URL segment from its siblings, and sorts it among them: parameter names play no part."""
        return (RANKS[self.kind], self.name if self.kind == "static" else "")

    def __str__(self) -> str:
        return _SPELLINGS[self.kind].format(self.name)


def parse_segment(folder: str) -> Segment:
    """Read one folder name.

    :raises SegmentError: the name misuses brackets or dots.
    """
    if folder.startswith("_"):
        return Segment("private", folder[1:])
    if folder.startswith("@"):
        return Segment("slot", folder[1:])
    if _INTERCEPTING.match(folder):
        return Segment("intercepting", folder)
    if folder.startswith("(") and folder.endswith(")"):
        return Segment("group", folder[1:-1])
    if folder.startswith("[") and folder.endswith("]"):
        return _parse_parameter(folder)
    if "[" in folder or "]" in folder:
        _refuse(f'The folder "{folder}" has a bracket astray.', _BRACKETS_CURE)
    return Segment("static", _decode(folder))


def _parse_parameter(folder: str) -> Segment:
    name = folder[1:-1]
    optional = name.startswith("[") and name.endswith("]")
    if optional:
        name = name[1:-1]
    catch_all = name.startswith("...")
    if catch_all:
        name = name[3:]

    if name.startswith("…"):
        meant = folder.replace("…", "...", 1)
        _refuse(f'The folder "{folder}" holds the three-dot character "…".', f'Write three dots: "{meant}".')
    if "[" in name or "]" in name:
        _refuse(f'The folder "{folder}" has extra brackets.', _BRACKETS_CURE)
    if name.startswith("."):
        bare = name.lstrip(".") or "name"
        cure = f'Write "[{bare}]" for one segment, or "[...{bare}]", with exactly three dots, for all that follow.'
        _refuse(f'The folder "{folder}" has erroneous periods before its name.', cure)
    if not name:
        _refuse(f'The folder "{folder}" has no parameter name.', f'Name the parameter: "{_named(folder)}".')
    if optional and not catch_all:
        cure = f'Write "[{name}]", or "[[...{name}]]" for an optional catch-all.'
        _refuse(f'The folder "{folder}" is an optional parameter of one segment, which is not supported.', cure)
    return Segment("optional-catch-all" if optional else "catch-all" if catch_all else "dynamic", name)


def _decode(folder: str) -> str:
    """The text that a static folder stands for: the name itself unless it is the percent-encoding of another.

    Slashes and brackets stay encoded, as they would change the meaning of a route's pattern.
    """
    try:
        decoded = unquote(folder, errors="strict")
    except UnicodeDecodeError:
        return folder
    return folder if any(mark in decoded for mark in "/[]") else decoded


def _named(folder: str) -> str:
    """The nearest correct spelling of a parameter folder that lacks its name."""
    return {"[]": "[name]", "[...]": "[...name]"}.get(folder, "[[...name]]")


def _refuse(what: str, cure: str) -> NoReturn:
    raise SegmentError(what, cure)
