"""The little of a font file that is needed outside of the engine: how high its lines are, and which letters it has."""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor
from typing import Final, TypeAlias

#: Whether a font has a glyph for the character with a code.
Covers: TypeAlias = Callable[[int], bool]

_USE_TYPO_METRICS: Final = 1 << 7
# Bytes of a packed table.
_MOST: Final = 8 * 1024 * 1024
# Of the tables of characters, the one of all Unicode comes before that of its first plane.
_CHARACTER_TABLES: Final = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3))


@dataclass(frozen=True, slots=True)
class Face:
    """How far a font's letters go up and down from the baseline, by its size; and what it has letters for.

    ``ascent`` and ``descent`` are those of the original (table ``hhea``), the others those that the engine takes.
    ``underline`` is how far below the baseline the engine begins to draw one.
    """

    family: str
    ascent: float
    descent: float
    engine_ascent: float
    engine_descent: float
    underline: float
    covers: Covers

    def rounded(self, size: float) -> tuple[int, int]:
        """Ascent and descent in pixels, as the engine takes them for letters of ``size`` pixels."""
        return floor(self.engine_ascent * size + 0.5), floor(self.engine_descent * size + 0.5)


def read(data: bytes, family: str) -> Face | None:
    """What a TTF, OTF or WOFF file of a ``family`` says of itself; None for another one, or when it lacks something."""
    try:
        table = _woff(data) if data.startswith(b"wOFF") else _sfnt(data)
        (units,) = struct.unpack_from(">H", table("head"), 18)
        ascent, descent = struct.unpack_from(">hh", table("hhea"), 4)
        os2 = table("OS/2")
        is_typo = struct.unpack_from(">H", os2, 62)[0] & _USE_TYPO_METRICS
        up, down = struct.unpack_from(">hh", os2, 68) if is_typo else (ascent, descent)
        (underline,) = struct.unpack_from(">h", table("post"), 8)
        return Face(
            family,
            ascent=ascent / units,
            descent=-descent / units,
            engine_ascent=up / units,
            engine_descent=-down / units,
            underline=-underline / units,
            covers=_coverage(table("cmap")),
        )
    except (KeyError, ZeroDivisionError, struct.error, zlib.error):
        return None


def _sfnt(data: bytes) -> Callable[[str], bytes]:
    start = struct.unpack_from(">I", data, 12)[0] if data.startswith(b"ttcf") else 0
    (count,) = struct.unpack_from(">H", data, start + 4)
    entries = [struct.unpack_from(">4sIII", data, start + 12 + 16 * number) for number in range(count)]
    places = {tag.decode("latin-1"): (offset, length) for tag, _, offset, length in entries}

    def table(name: str) -> bytes:
        offset, length = places[name]
        return data[offset : offset + length]

    return table


def _woff(data: bytes) -> Callable[[str], bytes]:
    (count,) = struct.unpack_from(">H", data, 12)
    entries = [struct.unpack_from(">4sIII", data, 44 + 20 * number) for number in range(count)]
    places = {tag.decode("latin-1"): (offset, packed, length) for tag, offset, packed, length in entries}

    def table(name: str) -> bytes:
        offset, packed, length = places[name]
        found = data[offset : offset + packed]
        return found if packed == length else zlib.decompressobj().decompress(found, _MOST)

    return table


def _coverage(cmap: bytes) -> Covers:
    (count,) = struct.unpack_from(">H", cmap, 2)
    entries = [struct.unpack_from(">HHI", cmap, 4 + 8 * number) for number in range(count)]
    offsets = {(platform, encoding): offset for platform, encoding, offset in entries}
    chosen = next((offsets[key] for key in _CHARACTER_TABLES if key in offsets), None)
    if chosen is None:
        raise KeyError("cmap")
    firsts, lasts = _ranges(cmap[chosen:])
    return lambda code: (place := bisect_right(firsts, code)) > 0 and code <= lasts[place - 1]


def _ranges(table: bytes) -> tuple[Sequence[int], Sequence[int]]:
    """The first codes, and the last ones, of the ranges of characters that a font has, in ascending order."""
    (kind,) = struct.unpack_from(">H", table, 0)
    if kind == 12:
        (count,) = struct.unpack_from(">I", table, 12)
        numbers = struct.unpack_from(f">{3 * count}I", table, 16)
        return numbers[::3], numbers[1::3]
    if kind == 4:
        (doubled,) = struct.unpack_from(">H", table, 6)
        codes = f">{doubled // 2}H"
        return struct.unpack_from(codes, table, 16 + doubled), struct.unpack_from(codes, table, 14)
    raise KeyError("cmap")
