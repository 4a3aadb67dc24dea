"""Codings: which one a client gets, and that what libraries make can be read at once."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.asgi.codings import Coding, choose, installed

from .decoding import DECODE, LIBRARIES, Reading

CODINGS = installed()
BY_NAME = {coding.name: coding for coding in CODINGS}

each_coding: Callable[..., pytest.MarkDecorator] = pytest.mark.parametrize("coding", CODINGS, ids=lambda c: c.name)


def chosen(value: str, codings: tuple[Coding, ...] = CODINGS) -> str | None:
    coding = choose(codings, value.encode("latin-1"))
    return None if coding is None else coding.name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        # Among equals it is ours to choose.
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("*", "zstd"),
        ("br;q=0.5, gzip;q=0.5", "br"),
        # The client's ranking comes before.
        ("zstd;q=0.5, br;q=0.8, gzip", "gzip"),
        ("zstd;q=0.5, br;q=0.8, gzip;q=0.7", "br"),
        ("zstd;q=0.5, *;q=0.9", "br"),
        ("*;q=0.5, gzip;q=0.6", "gzip"),
        # 0 refuses, and * is for what is not listed.
        ("zstd;q=0, br, gzip", "br"),
        ("br;q=0, *", "zstd"),
        ("zstd;q=0, br;q=0.000, *", "gzip"),
        ("gzip;q=0, br;q=0, zstd;q=0, *", None),
        ("*;q=0", None),
        ("*;q=0, gzip;q=0.1", "gzip"),
        ("gzip;q=0", None),
        # The answer as it is, when that is ranked higher.
        ("identity", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity;q=0.5, br;q=0.4, gzip", "gzip"),
        ("identity;q=0", None),
        ("identity;q=0, gzip", "gzip"),
        # How it is written.
        ("", None),
        (" , ,GZIP ; Q=0.1 ,", "gzip"),
        ("gzip;q=x", None),
        ("gzip;q=", None),
        ("zstd;q=nan, br;q=inf, gzip;q=0.1", "gzip"),
        ("zstd;q=-1, br;q=1.1, gzip;q=0.1", "gzip"),
        ("gzip;level=9", "gzip"),
        ("x-gzip", None),
        ("deflate, compress", None),
        ("br\xe9", None),
    ],
)
def test_accept_encoding_is_read_as_rfc_9110_has_it(value: str, name: str | None) -> None:
    assert chosen(value) == name


def test_a_value_that_is_too_long_to_be_read_gets_no_coding() -> None:
    assert chosen("gzip" + " " * 252) == "gzip"
    assert chosen("gzip" + " " * 253) is None


RANKED = st.from_regex(r"((br|gzip|identity|\*);q=([0-9.]{1,5}|nan|inf),?){1,4}", fullmatch=True)


@given(st.text(st.characters(max_codepoint=255), max_size=60) | RANKED)
def test_whatever_is_sent_a_coding_is_chosen_or_none(value: str) -> None:
    assert chosen(value) in {None, "gzip", "br", "zstd"}


@pytest.mark.parametrize(("missing", "left"), [(0, ["zstd", "gzip"]), (1, ["br", "gzip"])])
def test_what_is_not_installed_is_not_offered(monkeypatch: pytest.MonkeyPatch, missing: int, left: list[str]) -> None:
    assert [coding.name for coding in installed()] == ["zstd", "br", "gzip"]
    monkeypatch.setitem(sys.modules, LIBRARIES[missing], None)
    assert [coding.name for coding in installed()] == left


@each_coding
@given(piece=st.binary(max_size=300), times=st.sampled_from([1, 10, 500]))
def test_what_is_compressed_can_be_read(coding: Coding, piece: bytes, times: int) -> None:
    body = piece * times
    assert DECODE[coding.name](coding.whole(body)) == body


@each_coding
@given(pieces=st.lists(st.tuples(st.binary(max_size=100), st.sampled_from([1, 30, 1000])), max_size=6))
def test_each_chunk_of_a_stream_can_be_read_when_it_has_come(coding: Coding, pieces: list[tuple[bytes, int]]) -> None:
    stream, reading = coding.stream(), Reading(coding.name)
    for piece, times in pieces:
        chunk = piece * times
        assert reading.read(stream.chunk(chunk)) == chunk
    assert not reading.is_at_end
    assert reading.read(stream.end()) == b""
    assert reading.is_at_end


@each_coding
def test_what_was_in_a_chunk_makes_the_next_one_smaller(coding: Coding) -> None:
    stream = coding.stream()
    chunk = bytes(range(256)) * 4
    assert len(stream.chunk(chunk)) > 5 * len(stream.chunk(chunk))


def test_a_stream_of_zstd_needs_little_memory_of_its_reader() -> None:
    stream = BY_NAME["zstd"].stream()
    frame = stream.chunk(b"x" * 500_000)
    # RFC 8878, section 3.1.1.1.2: the window's exponent and mantissa; a frame without a size of its content tells it.
    assert frame[:4] == b"\x28\xb5\x2f\xfd"
    assert 10 + (frame[5] >> 3) == 16
