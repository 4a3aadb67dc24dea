"""Where the lines of a text stand: whole pixels, as the original rounds them.

A line is as high as its font's ascent and descent together, or as ``line-height`` says, rounded; its letters stand on a
baseline that is rounded, too. The engine rounds ascent and descent each by itself, and half a pixel down. Both are
computed here, and the text is given the height and moved by the difference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import Final

from byway.imaging.css import Style
from byway.imaging.sfnt import Face

_LENGTH: Final = re.compile(r"(\d+\.?\d*|\.\d+)(px|em|rem|%|vw|vh)?")
_KEYWORDS: Final = {"larger": 1.2, "smaller": 1 / 1.2}
_ROOT_SIZE: Final = 16.0
# Beyond it nothing is gained by whole pixels.
_LARGEST: Final = 10_000
_EMOJI: Final = re.compile(
    "[\u203c\u2049\u20e3\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff]"
)
#: The emoji that come with Byway.
EMOJI: Final = Face("Twemoji", 0.87, 0.13, 0.87, 0.13, 0.1, lambda code: has_emoji(chr(code)))
# Letters and emoji that are often in another font than that of their text.
_FOREIGN: Final = re.compile("[\u0590-\u1dff\u203c\u2049\u20e3\u2139\u2194-\uffff\U00010000-\U0010ffff]")


def has_emoji(text: str) -> bool:
    """Whether there are characters in ``text`` that are drawn as emoji."""
    return _EMOJI.search(text) is not None


@dataclass(frozen=True, slots=True)
class Line:
    """What decides on the lines of a text: its size in pixels; ``line-height``: a number, pixels, or ``normal``; and
    its fonts, in the order in which they are asked for a letter. None for what is not known here, such as a ``calc()``.
    """

    size: float | None
    height: str | None
    faces: tuple[Face | None, ...]

    def styled(self, style: Style, width: int, height: int) -> Line:
        """The lines within an element with this style; ``width`` and ``height`` are those of the image."""
        line = self
        if (value := style.get("fontSize", "inherit")) not in ("inherit", "unset"):
            size = _pixels(value, self.size, width, height)
            line = replace(line, size=size if size is not None and size < _LARGEST else None)
        if (value := style.get("lineHeight", "inherit")) not in ("inherit", "unset", "normal"):
            pixels = _pixels(value, line.size, width, height)
            is_number = (match := _LENGTH.fullmatch(value)) is not None and not match[2]
            line = replace(line, height=value if is_number else None if pixels is None else f"{pixels}px")
        elif value == "normal":
            line = replace(line, height=value)
        return line

    def style(self, text: str) -> tuple[Style, int]:
        """What the engine is told of the lines of ``text``, and how many pixels down they are to be moved then."""
        used = self._used(text)
        exact = self._height(None if used is None else used[0])
        if exact is None or self.size is None:
            return {}, 0
        height = _round(exact)
        if used is None:
            return {"lineHeight": f"{height}px"}, 0
        measured, drawn = used
        baseline = _round(measured.ascent * self.size + (exact - _tallness(measured) * self.size) / 2)
        told, drawn_baseline = _told(height, [face.rounded(self.size) for face in drawn])
        # The original draws an underline in the middle of a tenth of the baseline's height below it.
        offset = baseline * 0.1 - (0.05 + drawn[0].underline) * self.size
        style = {"lineHeight": f"{told}px", "textUnderlineOffset": f"{offset:g}px"}
        if drawn[0] is not self.faces[0]:
            # The engine makes the first line high enough for the first font of a text, though it has no letter there.
            style["fontFamily"] = f'"{drawn[0].family}"'
        return style, baseline - drawn_baseline

    def _used(self, text: str) -> tuple[Face, list[Face]] | None:
        """The face by which the lines of ``text`` are measured, and those that it is drawn with.

        None when one of them is not known, and when its lines may differ, being in several.
        """
        main, last = self.faces[0], self.faces[-1]
        codes = set(map(ord, _FOREIGN.findall(text)))
        faces = [next((face for face in self.faces if face is not None and face.covers(code)), None) for code in codes]
        own = {face for face in faces if face is not None}
        is_covered = None not in faces
        if own - {main}:
            if len(own) > 1 or _FOREIGN.sub("", text):
                return None
            (main,) = own
        if main is None:
            return None
        if is_covered:
            return main, [main]
        if last is None or not all(face or EMOJI.covers(code) for face, code in zip(faces, codes, strict=True)):
            return None
        # What is in no font stands in lines of the last one.
        return max(main, last, key=_tallness), [main, EMOJI]

    def _height(self, face: Face | None) -> float | None:
        if self.size is None or self.height is None:
            return None
        if self.height == "normal":
            return None if face is None else _tallness(face) * self.size
        if self.height.endswith("px"):
            return float(self.height[:-2])
        return float(self.height) * self.size


def _tallness(face: Face) -> float:
    return face.ascent + face.descent


def _told(height: int, faces: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The ``line-height`` by which the engine makes lines of ``height`` pixels, and where their baseline is then.

    It gives each face a line of that height, the letters in the middle, and puts them all on one baseline.
    """
    told = height
    while True:
        above = [(told - ascent - descent) // 2 + ascent for ascent, descent in faces]
        if told == 0 or max(above) + told - min(above) <= height:
            return told, max(above)
        told -= 1


def _pixels(value: str, size: float | None, width: int, height: int) -> float | None:
    """A length in pixels; ``size`` is that of the font, to which ``em`` and ``%`` refer."""
    if (factor := _KEYWORDS.get(value)) is not None:
        return None if size is None else size * factor
    match = _LENGTH.fullmatch(value)
    if match is None:
        return None
    match match[2]:
        case "px":
            unit: float | None = 1
        case "em":
            unit = size
        case "%":
            unit = None if size is None else size / 100
        case "rem":
            unit = _ROOT_SIZE
        case "vw":
            unit = width / 100
        case "vh":
            unit = height / 100
        case _:
            return None
    return None if unit is None else float(match[1]) * unit


def _round(value: float) -> int:
    return floor(value + 0.5)
