"""Compressing answers with gzip for clients that take it. Implements ``compress`` of the Next.js documents.

Theory of operation. Whether an answer may be compressed is told by its own headers: its type must be one that gets
smaller, and nobody may have encoded it already, forbidden it (``no-transform``) or cut a range out of it. Then ``Vary``
says that it depends on ``Accept-Encoding``, whoever asks. Bodies below 1 KiB are left alone, and so are streams that
announce to be that short. A stream is compressed chunk by chunk, each flushed, so that nothing is held back; streams of
events are left alone altogether. HEAD is answered with the headers that GET would be.

A strong ``ETag`` becomes a weak one: the bytes differ, what they mean does not. The compressed bodies of answers that
have an ``ETag``, and so come again, are remembered.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from functools import lru_cache
from hashlib import blake2b

from byway.caching.lru import LRU
from byway.config import Scope
from byway.http.headers import RawHeaders

#: What is smaller would hardly get any smaller.
MIN_SIZE = 1024

# Bytes of compressed bodies that a worker remembers.
_REMEMBERED = 8 << 20
# What is larger is compressed in a thread: others must not wait for it.
_LARGE = 64 * 1024
_LEVEL = 6
# Bytes of Accept-Encoding that are read.
_LONGEST = 256
_GZIP = 16 + zlib.MAX_WBITS
# For streams, of which there may be many for a long time: 64 KiB of memory each instead of 256.
_SMALL_WINDOW, _LITTLE_MEMORY = 16 + 13, 6

_TYPES = re.compile(
    rb"(?:text/(?!event-stream)[^;]+"
    rb"|application/(?:json|javascript|xml|wasm|vnd\.ms-fontobject|x-javascript|[^;]+\+(?:json|xml))"
    rb"|image/(?:svg\+xml|bmp)|font/(?:ttf|otf))\s*(?:;|\Z)",
    re.IGNORECASE,
)
# Headers of what is encoded already, or only a part.
_NOT_WITH = frozenset({b"content-encoding", b"content-range"})
_NO_BODY = frozenset({204, 205, 206, 304})


class Compressor:
    """Compresses the answers of one app."""

    __slots__ = ("_remembered",)

    def __init__(self) -> None:
        self._remembered: LRU[bytes] = LRU(_REMEMBERED)

    async def whole(self, scope: Scope, status: int, headers: RawHeaders, body: bytes) -> tuple[RawHeaders, bytes]:
        """The headers and the body to send to the client of ``scope``."""
        if len(body) < MIN_SIZE or not is_compressible(status, headers):
            return headers, body
        if not accepts_gzip(scope):
            return varying(headers), body
        key = body_key(headers, body)
        small = self._remembered.get(key) if key is not None else None
        if small is None:
            small = _gzip(body) if len(body) <= _LARGE else await asyncio.to_thread(_gzip, body)
            if key is not None:
                self._remembered.put(key, small, len(small))
        return encoded(headers, len(small)), small

    def remembered(self, key: str) -> bytes | None:
        """The compressed body that `body_key` has called ``key``, when it is remembered."""
        return self._remembered.get(key)

    def stream(self, scope: Scope, status: int, headers: RawHeaders) -> tuple[RawHeaders, GzipStream | None]:
        """The headers to send before a stream to the client of ``scope``, and what compresses it."""
        length = announced_length(headers)
        if (length is not None and length < MIN_SIZE) or not is_compressible(status, headers):
            return headers, None
        if not accepts_gzip(scope):
            return varying(headers), None
        return encoded(headers, None), GzipStream()


class GzipStream:
    """Compresses a stream; what it gives for a chunk holds all of that chunk."""

    __slots__ = ("_stream",)

    def __init__(self) -> None:
        self._stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, _SMALL_WINDOW, _LITTLE_MEMORY)

    def chunk(self, data: bytes) -> bytes:
        """``data`` compressed."""
        return self._stream.compress(data) + self._stream.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        """What comes last."""
        return self._stream.flush()


def is_compressible(status: int, headers: RawHeaders) -> bool:
    """Whether an answer with ``status`` and ``headers`` may be compressed for who takes it."""
    if status in _NO_BODY:
        return False
    fits = False
    for name, value in headers:
        if name == b"content-type":
            fits = _TYPES.match(value) is not None
        elif name in _NOT_WITH or (name == b"cache-control" and b"no-transform" in value.lower()):
            return False
    return fits


def announced_length(headers: RawHeaders) -> int | None:
    """The ``Content-Length`` of ``headers``, in bytes; None when they do not tell."""
    for name, value in headers:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None


def accepts_gzip(scope: Scope) -> bool:
    """Whether the client of ``scope`` takes gzip."""
    return _accepts(b",".join(value for name, value in scope["headers"] if name == b"accept-encoding")[:_LONGEST])


@lru_cache(maxsize=256)
def _accepts(value: bytes) -> bool:
    qualities: dict[bytes, float] = {}
    for item in value.lower().split(b","):
        coding, _, parameter = item.partition(b";")
        name, _, quality = parameter.partition(b"=")
        try:
            qualities[coding.strip()] = float(quality) if name.strip() == b"q" else 1.0
        except ValueError:
            qualities[coding.strip()] = 0.0
    return qualities.get(b"gzip", qualities.get(b"*", 0.0)) > 0


def body_key(headers: RawHeaders, body: bytes) -> str | None:
    """What the compressed ``body`` is remembered by; None for that of an answer without an ``ETag``."""
    if all(name != b"etag" for name, _ in headers):
        return None
    return blake2b(body, digest_size=16).hexdigest()


def varying(headers: RawHeaders) -> RawHeaders:
    """``headers`` that say that the answer depends on ``Accept-Encoding``."""
    for name, value in headers:
        if name == b"vary" and any(item.strip().lower() in (b"accept-encoding", b"*") for item in value.split(b",")):
            return headers
    return [*headers, (b"vary", b"accept-encoding")]


def encoded(headers: RawHeaders, length: int | None) -> RawHeaders:
    """``headers`` for the compressed body, which has ``length`` bytes, or as many as there will be."""
    changed = [
        (name, b"W/" + value if name == b"etag" and not value.startswith(b"W/") else value)
        for name, value in varying(headers)
        if name not in (b"content-length", b"accept-ranges")
    ]
    changed.append((b"content-encoding", b"gzip"))
    if length is not None:
        changed.append((b"content-length", b"%d" % length))
    return changed


def _gzip(body: bytes) -> bytes:
    compressing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return compressing.compress(body) + compressing.flush()
