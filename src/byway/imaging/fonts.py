"""Fonts: those that an app brings along, and those that every image can fall back to.

Geist is the default. The other bundled fonts step in for the scripts that it lacks; each is read only for an image in
whose texts such a script occurs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from byway.imaging.errors import ImageError

_DATA: Final = Path(__file__).parent / "data"
_SIGNATURES: Final = (b"\0\1\0\0", b"OTTO", b"true", b"wOFF", b"wOF2", b"ttcf")


@dataclass(frozen=True, slots=True)
class Font:
    """A font for `ImageResponse`: the bytes of a TTF, OTF, WOFF or WOFF2 file, and which face of its family it is.

    ``name`` is the family as ``font-family`` has it, ``weight`` a number from 1 to 1000. A colour font (COLR) gives
    emoji. Raises `ImageError` when ``data`` is no font, or the weight or style is none.
    """

    name: str
    data: bytes
    weight: int = 400
    style: Literal["normal", "italic"] = "normal"

    def __post_init__(self) -> None:
        if not isinstance(self.data, bytes) or not self.data.startswith(_SIGNATURES):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ImageError(f"Font({self.name!r}): data is no font. Give the bytes of a TTF, OTF, WOFF or WOFF2 file.")
        if isinstance(self.weight, bool) or not isinstance(self.weight, int) or not 1 <= self.weight <= 1000:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ImageError(f"Font({self.name!r}, weight={self.weight!r}): a whole number from 1 to 1000 is expected.")
        if self.style not in ("normal", "italic"):
            raise ImageError(f'Font({self.name!r}, style={self.style!r}): "normal" or "italic" is expected.')


#: The family that texts have by default.
DEFAULT_FAMILY: Final = "Geist"

_CJK: Final = "\u2e80-\u312f\u3190-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
# File, family, and the characters that call for it. Where several have one, the first is taken.
_FALLBACKS: Final = tuple(
    (file, family, re.compile(f"[{characters}]"))
    for file, family, characters in (
        ("arabic.woff2", "Noto Sans Arabic", "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefe"),
        ("hebrew.woff2", "Noto Sans Hebrew", "\u0590-\u05ff\ufb1d-\ufb4f"),
        ("hangul.woff2", "Noto Sans KR", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3"),
        ("cjk-jp.woff2", "Noto Sans JP", _CJK),
        ("cjk-sc.woff2", "Noto Sans SC", _CJK),
        ("cjk-tc.woff2", "Noto Sans TC", _CJK),
    )
)
_EMOJI: Final = re.compile(
    "[\u203c\u2049\u20e3\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff]"
)


def fonts_for(text: str, own: tuple[Font, ...], emoji: Font | str | None) -> tuple[Font, ...]:
    """The fonts that an image with these texts is drawn with, in the order in which they are asked for a glyph."""
    fonts = [*own, bundled("geist.woff2", DEFAULT_FAMILY)]
    fonts += [bundled(file, family) for file, family, characters in _FALLBACKS if characters.search(text)]
    if emoji is not None and _EMOJI.search(text):
        fonts.append(emoji if isinstance(emoji, Font) else bundled("twemoji.woff2", "Twemoji"))
    return tuple(fonts)


@cache
def bundled(file: str, family: str) -> Font:
    """The font in ``file``, which comes with Byway."""
    return Font(family, (_DATA / file).read_bytes())
