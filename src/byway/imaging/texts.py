"""What texts have from the elements around them, and which white space of them counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from byway.imaging.css import Style
from byway.imaging.fonts import Families
from byway.imaging.lines import Line
from byway.imaging.markup import Node

# The engine draws these for the texts that have them themselves.
_HANDED_DOWN: Final = (
    "textDecoration",
    "textDecorationLine",
    "textDecorationColor",
    "textDecorationThickness",
    "textUnderlineOffset",
)
_DECORATION: Final[Style] = {"textDecorationThickness": "0.1em"}
_INHERITED: Final = frozenset(
    {
        "color",
        "direction",
        "fontFamily",
        "fontFeatureSettings",
        "fontKerning",
        "fontSize",
        "fontStretch",
        "fontStyle",
        "fontVariationSettings",
        "fontWeight",
        "letterSpacing",
        "lineHeight",
        "overflowWrap",
        "tabSize",
        "textAlign",
        "textIndent",
        "textShadow",
        "textTransform",
        "textWrap",
        "visibility",
        "whiteSpace",
        "wordBreak",
        "wordSpacing",
        "WebkitTextFillColor",
        "WebkitTextStroke",
        "WebkitTextStrokeColor",
        "WebkitTextStrokeWidth",
    }
)
_LINE_STYLES: Final = re.compile(r"\b(?:dotted|dashed|double|wavy)\b")
_SPACES: Final = re.compile(r"[ \t\n\r\f]+")
_SPACES_ONLY: Final = re.compile(r" {2,}")
_AROUND_BREAK: Final = re.compile(r" *\n *")
_SAME: Final = ("inherit", "unset")


@dataclass(frozen=True, slots=True)
class Inherited:
    """What an element has from those around it; ``passed`` is what it inherits of a parent that is not drawn."""

    color: str
    white_space: str
    decoration: Style
    line: Line
    passed: Style


@dataclass(frozen=True, slots=True)
class Context:
    """What all elements of one image share: its size in pixels, and its fonts."""

    width: int
    height: int
    families: Families


def beginning(context: Context) -> Inherited:
    """What the outermost elements inherit."""
    return Inherited("black", "normal", {}, Line(16, "normal", context.families.faces()), {})


def hand_down(style: Style, inherited: Inherited, context: Context) -> tuple[Inherited, Style]:
    """Take out of ``style`` what its texts are to have: for all within, and for those that are its own."""
    decoration: Style = {name: _LINE_STYLES.sub("", style.pop(name)).strip() for name in _HANDED_DOWN if name in style}
    # The engine draws solid lines only.
    style.pop("textDecorationStyle", None)
    if "textDecoration" in decoration or "textDecorationLine" in decoration:
        kept = {**_DECORATION, **decoration}
    else:
        kept = {**inherited.decoration, **decoration}
    color = style.get("color", "inherit")
    white_space = style.get("whiteSpace", "inherit")
    white_space = inherited.white_space if white_space in _SAME else white_space
    line = inherited.line
    if "fontSize" in style or "lineHeight" in style or "fontFamily" in style:
        line = line.styled(style, context.width, context.height)
        if (family := style.get("fontFamily", "inherit")) not in _SAME:
            line = replace(line, faces=context.families.faces(family))
    inherited = replace(
        inherited,
        color=inherited.color if color in (*_SAME, "currentColor", "currentcolor") else color,
        white_space=white_space,
        decoration=kept,
        line=line,
        passed={},
    )
    text: Style = {}
    clamp = style.pop("WebkitLineClamp", None) or style.pop("lineClamp", None)
    style.pop("lineClamp", None)
    style.pop("WebkitBoxOrient", None)
    overflow = style.pop("textOverflow", None)
    if clamp not in (None, "none", "0"):
        text = {"lineClamp": clamp, "overflow": "hidden", "textOverflow": "ellipsis"}
    elif overflow not in (None, "clip") and "hidden" in (style.get("overflow"), style.get("overflowX")):
        text = {"overflow": "hidden", "textOverflow": overflow}
        if white_space in ("nowrap", "pre"):
            # Otherwise a word that does not fit would be left out as a whole.
            text["wordBreak"] = "break-all"
    return inherited, text


def passed_by(style: Mapping[str, str]) -> Style:
    """What of the ``style`` of an element that is not drawn its children inherit."""
    return {name: value for name, value in style.items() if name in _INHERITED}


def contents(nodes: Sequence[Node], white_space: str) -> list[Node]:
    """``nodes`` as they are laid out: texts side by side in one, white space collapsed, nothing that is empty."""
    preserved = is_preserved(white_space)
    joined: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            piece = node if preserved else _SPACES.sub(" ", node)
        elif node.tag == "br":
            piece = "\n"
        elif node.tag == "wbr":
            piece = "\u200b"
        else:
            joined.append(node)
            continue
        if joined and isinstance(last := joined[-1], str):
            joined[-1] = last + piece
        else:
            joined.append(piece)
    kept: list[Node] = []
    for node in joined:
        if isinstance(node, str) and not preserved:
            node = _AROUND_BREAK.sub("\n", _SPACES_ONLY.sub(" ", node)).strip(" ")
        if node:
            kept.append(node)
    return kept


def is_preserved(white_space: str) -> bool:
    """Whether spaces and line breaks stay as they are written."""
    return white_space.startswith(("pre", "break"))
