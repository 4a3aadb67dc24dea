"""HTML's own styles of elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from byway.imaging.css import Style

_BOLD: Final[Style] = {"fontWeight": "bold"}
_ITALIC: Final[Style] = {"fontStyle": "italic"}
_UNDERLINE: Final[Style] = {"textDecoration": "underline"}
_STRUCK: Final[Style] = {"textDecoration": "line-through"}


def _spaced(block: str, inline: str = "0") -> Style:
    return {"marginTop": block, "marginBottom": block, "marginLeft": inline, "marginRight": inline}


def _heading(size: str, margin: str) -> Style:
    return {**_BOLD, "fontSize": size, "marginTop": margin, "marginBottom": margin}


#: The styles by the names of elements; an element that is not named has none.
STYLES: Final[Mapping[str, Style]] = {
    "p": {"marginTop": "1em", "marginBottom": "1em"},
    "h1": _heading("2em", "0.67em"),
    "h2": _heading("1.5em", "0.83em"),
    "h3": _heading("1.17em", "1em"),
    "h4": _heading("1em", "1.33em"),
    "h5": _heading("0.83em", "1.67em"),
    "h6": _heading("0.67em", "2.33em"),
    "blockquote": _spaced("1em", "40px"),
    "figure": _spaced("1em", "40px"),
    "center": {"textAlign": "center"},
    "hr": {**_spaced("0.5em", "auto"), "borderWidth": "1px", "borderStyle": "solid", "borderColor": "gray"},
    "pre": {"whiteSpace": "pre", "marginTop": "1em", "marginBottom": "1em"},
    "mark": {"backgroundColor": "yellow", "color": "black"},
    "big": {"fontSize": "larger"},
    "small": {"fontSize": "smaller"},
    **dict.fromkeys(("b", "strong"), _BOLD),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var", "address"), _ITALIC),
    **dict.fromkeys(("u", "ins"), _UNDERLINE),
    **dict.fromkeys(("s", "strike", "del"), _STRUCK),
}
