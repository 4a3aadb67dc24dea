"""Content codings: zstd, brotli and gzip, and which of them a client gets.

Theory of operation. gzip is always there; zstd and brotli are when their libraries are, which come with the extra
``byway[compression]``. `choose` takes what the client ranks highest (RFC 9110, section 12.5.3). Among equals zstd comes
first, as it makes as little of typical JSON and HTML as gzip in a third of the time, then brotli, which makes 4 to 14
percent less of them in about the same time.

Streams are many and last long, so they get small windows and tables: some 60 KiB of memory for one with gzip, 130 to
260 with zstd, 320 to 540 with brotli, instead of a megabyte and more.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Protocol

_GZIP_LEVEL, _BROTLI_QUALITY, _ZSTD_LEVEL = 6, 5, 3
# What says that it is gzip, not zlib's own format.
_GZIP = 16
# Windows of streams, in powers of two; and zlib's measure of the memory beside.
_GZIP_WINDOW, _GZIP_MEMORY = 13, 6
_BROTLI_WINDOW, _BROTLI_STREAM_QUALITY = 16, 3
_ZSTD_WINDOW, _ZSTD_TABLE = 16, 13

# Bytes of Accept-Encoding that are read. Who sends more gets no coding: half of it could say the contrary.
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Stream:
    """Compresses a stream. ``end`` gives what comes last."""

    _compress: Callable[[bytes], bytes]
    _flush: Callable[[], bytes]
    end: Callable[[], bytes]

    def chunk(self, data: bytes) -> bytes:
        """``data`` compressed, all of it: nothing waits for the next chunk."""
        return self._compress(data) + self._flush()


@dataclass(frozen=True, slots=True)
class Coding:
    """A coding by its registered ``name``: what compresses a body, and what begins a stream."""

    name: str
    whole: Callable[[bytes], bytes]
    stream: Callable[[], Stream]


def installed() -> tuple[Coding, ...]:
    """The codings whose libraries are installed, the preferred one first."""
    return tuple(coding for make in (_zstd, _brotli, _gzip) if (coding := make()) is not None)


def choose(codings: tuple[Coding, ...], accept_encoding: bytes) -> Coding | None:
    """What a client with ``Accept-Encoding: <accept_encoding>`` gets of ``codings``; None: the answer as it is.

    Of those with the highest quality it is the first. A quality that is no number from 0 to 1 refuses, as 0 does.
    """
    if len(accept_encoding) > _LONGEST:
        return None
    qualities: dict[str, float] = {}
    for item in accept_encoding.decode("latin-1").lower().split(","):
        name, _, parameter = item.partition(";")
        qualities[name.strip()] = _quality(parameter)
    others = qualities.get("*", 0.0)
    ranked = [qualities.get(coding.name, others) for coding in codings]
    highest = max(ranked)
    if highest <= 0 or highest < qualities.get("identity", 0.0):
        return None
    return codings[ranked.index(highest)]


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0


# --- The libraries: what Byway uses of them ---------------------------------------------------------------------------


class _BrotliStream(Protocol):
    def process(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...
    def finish(self) -> bytes: ...


class _BrotliModule(Protocol):
    def compress(self, data: bytes, /, *, quality: int) -> bytes: ...
    def Compressor(self, *, quality: int, lgwin: int) -> _BrotliStream: ...


class _ZstdStream(Protocol):
    FLUSH_BLOCK: int

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self, mode: int = ..., /) -> bytes: ...


class _ZstdModule(Protocol):
    CompressionParameter: Any

    def compress(self, data: bytes, /, level: int) -> bytes: ...
    def ZstdCompressor(self, *, options: Mapping[int, int]) -> _ZstdStream: ...


def _gzip() -> Coding:
    def whole(body: bytes) -> bytes:
        compressing = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP + zlib.MAX_WBITS)
        return compressing.compress(body) + compressing.flush()

    def stream() -> Stream:
        compressing = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP + _GZIP_WINDOW, _GZIP_MEMORY)
        return Stream(compressing.compress, partial(compressing.flush, zlib.Z_SYNC_FLUSH), compressing.flush)

    return Coding("gzip", whole, stream)


def _brotli() -> Coding | None:
    library: _BrotliModule | None = _library("brotli")
    if library is None:
        return None

    def stream() -> Stream:
        compressing = library.Compressor(quality=_BROTLI_STREAM_QUALITY, lgwin=_BROTLI_WINDOW)
        return Stream(compressing.process, compressing.flush, compressing.finish)

    return Coding("br", partial(library.compress, quality=_BROTLI_QUALITY), stream)


def _zstd() -> Coding | None:
    library: _ZstdModule | None = _library("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    if library is None:
        return None
    parameter = library.CompressionParameter
    options = {
        parameter.compression_level: _ZSTD_LEVEL,
        parameter.window_log: _ZSTD_WINDOW,
        parameter.hash_log: _ZSTD_TABLE,
        parameter.chain_log: _ZSTD_TABLE,
    }

    def stream() -> Stream:
        compressing = library.ZstdCompressor(options=options)
        return Stream(compressing.compress, partial(compressing.flush, compressing.FLUSH_BLOCK), compressing.flush)

    return Coding("zstd", partial(library.compress, level=_ZSTD_LEVEL), stream)


def _library(name: str) -> Any:
    """The module ``name``; None when it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None
