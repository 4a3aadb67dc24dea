"""Fonts: those that an app brings along, and those that every image can fall back to.

Geist is the default. The other bundled fonts step in for the scripts that it lacks; each is read only for an image in
whose texts such a script occurs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal

from byway.imaging.errors import ImageError
from byway.imaging.limits import MAX_FONT_BYTES
from byway.imaging.lines import has_emoji
from byway.imaging.sfnt import Face, read

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
        if len(self.data) > MAX_FONT_BYTES:
            raise ImageError(
                f"Font({self.name!r}): data has {len(self.data):,} bytes, more than the {MAX_FONT_BYTES:,} that are "
                "allowed. Make a subset of the font."
            )
        if isinstance(self.weight, bool) or not isinstance(self.weight, int) or not 1 <= self.weight <= 1000:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ImageError(f"Font({self.name!r}, weight={self.weight!r}): a whole number from 1 to 1000 is expected.")
        if self.style not in ("normal", "italic"):
            raise ImageError(f'Font({self.name!r}, style={self.style!r}): "normal" or "italic" is expected.')


#: The family that texts have by default.
DEFAULT_FAMILY: Final = "Geist"

# That of the bundled font, which is packed in another way.
_DEFAULT_FACE: Final = Face(DEFAULT_FAMILY, 1.005, 0.295, 1.005, 0.295, 0.1, lambda code: False)


class Families:
    """The families of an image's own fonts, and the default one, with the first face of each."""

    __slots__ = ("_faces",)

    def __init__(self, own: tuple[Font, ...]) -> None:
        self._faces: dict[str, Face | None] = {}
        for font in own:
            if font.name.lower() not in self._faces:
                self._faces[font.name.lower()] = _face(font)
        if not own:
            self._faces[DEFAULT_FAMILY.lower()] = _DEFAULT_FACE

    def faces(self, families: str = "") -> tuple[Face | None, ...]:
        """The faces that a text is in, by its ``font-family``: first those that are named; None for an unknown one."""
        names = (name.strip().strip("\"'").lower() for name in families.split(","))
        named = dict.fromkeys(name for name in names if name in self._faces)
        return tuple(self._faces[name] for name in {**named, **self._faces})


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


def fonts_for(text: str, own: tuple[Font, ...], emoji: Font | str | None) -> tuple[Font, ...]:
    """The fonts that an image with these texts is drawn with, in the order in which they are asked for a glyph."""
    fonts = [*own, bundled("geist.woff2", DEFAULT_FAMILY)]
    fonts += [bundled(file, family) for file, family, characters in _FALLBACKS if characters.search(text)]
    if emoji is not None and has_emoji(text):
        fonts.append(emoji if isinstance(emoji, Font) else bundled("twemoji.woff2", "Twemoji"))
    return tuple(fonts)


@cache
def bundled(file: str, family: str) -> Font:
    """The font in ``file``, which comes with Byway."""
    return Font(family, (_DATA / file).read_bytes())


@lru_cache(64)
def _face(font: Font) -> Face | None:
    return read(font.data, font.name)
