"""What is read from font files."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.imaging.sfnt import read

from .support import HERE

WOFF = (HERE / "fonts" / "Inter-Regular.woff").read_bytes()


def sfnt(*, flags: int = 0, subtable: bytes | None = None) -> bytes:
    """A font of 1,000 units, with letters for a to z and for one character beyond the first plane."""
    tables = {
        b"OS/2": bytes(62) + struct.pack(">HHHhhh", flags, 0, 0, 700, -300, 0),
        b"cmap": struct.pack(">HHHHI", 0, 1, 3, 10, 12)
        + (subtable or struct.pack(">HHIII6I", 12, 0, 40, 0, 2, 97, 122, 1, 0x20000, 0x20000, 27)),
        b"head": bytes(18) + struct.pack(">H", 1000),
        b"hhea": struct.pack(">Ihh", 0x10000, 900, -200),
        b"post": struct.pack(">IIhh", 0, 0, -125, 50),
    }
    offset = 12 + 16 * len(tables)
    directory, body = b"", b""
    for tag, table in tables.items():
        directory += struct.pack(">4sIII", tag, 0, offset + len(body), len(table))
        body += table
    return b"\0\1\0\0" + struct.pack(">HHHH", len(tables), 0, 0, 0) + directory + body


def test_metrics_of_a_woff_file() -> None:
    face = read(WOFF, "Inter")

    assert face is not None
    assert face.family == "Inter"
    assert [round(number, 4) for number in (face.ascent, face.descent, face.underline)] == [0.9688, 0.2412, 0.1699]


def test_metrics_and_letters_of_a_ttf_file() -> None:
    face = read(sfnt(), "A")

    assert face is not None
    assert (face.ascent, face.descent, face.underline) == (0.9, 0.2, 0.125)
    assert (face.engine_ascent, face.engine_descent) == (0.9, 0.2)
    assert [face.covers(code) for code in (96, 97, 122, 123, 0x20000, 0x20001)] == [
        False,
        True,
        True,
        False,
        True,
        False,
    ]


def test_engine_takes_typographic_metrics_where_the_font_says_so() -> None:
    face = read(sfnt(flags=1 << 7), "A")

    assert face is not None
    assert (face.ascent, face.descent) == (0.9, 0.2)
    assert (face.engine_ascent, face.engine_descent) == (0.7, 0.3)


def test_letters_of_the_first_plane_alone() -> None:
    subtable = struct.pack(">HHHHHHH2HH2H", 4, 32, 0, 4, 0, 0, 0, 122, 0xFFFF, 0, 97, 0xFFFF)
    face = read(sfnt(subtable=subtable), "A")

    assert face is not None
    assert [face.covers(code) for code in (96, 97, 122, 123)] == [False, True, True, False]


@pytest.mark.parametrize("data", [b"", b"wOF2" + WOFF[4:], b"\0\1\0\0", WOFF[:60], sfnt(subtable=b"\0\6\0\0")])
def test_what_cannot_be_read_is_none(data: bytes) -> None:
    assert read(data, "A") is None


@given(st.sampled_from([WOFF, sfnt()]), st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_any_bytes_are_read_or_none(data: bytes, place: int, wrong: bytes) -> None:
    read(data[:place] + wrong + data[place + len(wrong) :], "A")
