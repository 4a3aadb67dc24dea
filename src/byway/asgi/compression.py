"""Compressing answers for clients that take it. Implements ``compress`` of the Next.js documents.

Theory of operation. Whether an answer may be compressed is told by its own headers: its type must be one that gets
smaller, and nobody may have encoded it already, forbidden it (``no-transform``) or cut a range out of it. Then ``Vary``
says that it depends on ``Accept-Encoding``, whoever asks. Bodies below 1 KiB are left alone, and so are streams that
announce to be that short. A stream is compressed chunk by chunk, each flushed, so that nothing is held back; streams of
events are left alone altogether. HEAD is answered with the headers that GET would be.

A strong ``ETag`` becomes a weak one: the bytes differ, what they mean does not. The compressed bodies of answers that
have an ``ETag``, and so come again, are remembered, one for each coding. What the codings are, and which of them a
client gets, is told in ``codings.py``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import lru_cache, partial
from hashlib import blake2b

from byway.asgi.codings import Coding, choose, installed
from byway.caching.lru import LRU
from byway.config import Scope
from byway.http.headers import RawHeaders

#: What is smaller would hardly get any smaller.
MIN_SIZE = 1024

# Bytes of compressed bodies that a worker remembers.
_REMEMBERED = 8 << 20
# What is larger is compressed in a thread: others must not wait for it.
_LARGE = 64 * 1024
# Values of ``Accept-Encoding`` whose codings a worker remembers.
_REMEMBERED_CHOICES = 256

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
    """Compresses the answers of one app.

    ``coding`` gives the coding that a client with a value of ``Accept-Encoding`` gets, None for none.
    """

    __slots__ = ("_remembered", "coding")

    def __init__(self) -> None:
        self._remembered: LRU[bytes] = LRU(_REMEMBERED)
        self.coding: Callable[[bytes], Coding | None] = lru_cache(_REMEMBERED_CHOICES)(partial(choose, installed()))

    async def whole(self, scope: Scope, status: int, headers: RawHeaders, body: bytes) -> tuple[RawHeaders, bytes]:
        """The headers and the body to send to the client of ``scope``."""
        if len(body) < MIN_SIZE or not is_compressible(status, headers):
            return headers, body
        coding = self._coding_for(scope)
        if coding is None:
            return varying(headers), body
        key = body_key(headers, body)
        small = self.remembered(key, coding) if key is not None else None
        if small is None:
            small = coding.whole(body) if len(body) <= _LARGE else await asyncio.to_thread(coding.whole, body)
            if key is not None:
                self._remembered.put(_key_of(key, coding), small, len(small))
        return encoded(headers, coding, len(small)), small

    def remembered(self, key: str, coding: Coding) -> bytes | None:
        """The body that `body_key` has called ``key``, compressed with ``coding``, when that is remembered."""
        return self._remembered.get(_key_of(key, coding))

    def stream(self, scope: Scope, status: int, headers: RawHeaders) -> tuple[RawHeaders, Coding | None]:
        """The headers to send before a stream to the client of ``scope``, and the coding it is compressed with."""
        length = announced_length(headers)
        if (length is not None and length < MIN_SIZE) or not is_compressible(status, headers):
            return headers, None
        coding = self._coding_for(scope)
        if coding is None:
            return varying(headers), None
        return encoded(headers, coding, None), coding

    def _coding_for(self, scope: Scope) -> Coding | None:
        return self.coding(b",".join(value for name, value in scope["headers"] if name == b"accept-encoding"))


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


def body_key(headers: RawHeaders, body: bytes) -> str | None:
    """What the compressed ``body`` is remembered by; None for that of an answer without an ``ETag``."""
    if all(name != b"etag" for name, _ in headers):
        return None
    return blake2b(body, digest_size=16).hexdigest()


def _key_of(body: str, coding: Coding) -> str:
    return f"{coding.name} {body}"


def varying(headers: RawHeaders) -> RawHeaders:
    """``headers`` that say that the answer depends on ``Accept-Encoding``."""
    for name, value in headers:
        if name == b"vary" and any(item.strip().lower() in (b"accept-encoding", b"*") for item in value.split(b",")):
            return headers
    return [*headers, (b"vary", b"accept-encoding")]


def encoded(headers: RawHeaders, coding: Coding, length: int | None) -> RawHeaders:
    """``headers`` for the body compressed with ``coding``, which has ``length`` bytes, or as many as there will be."""
    changed = [
        (name, b"W/" + value if name == b"etag" and not value.startswith(b"W/") else value)
        for name, value in varying(headers)
        if name not in (b"content-length", b"accept-ranges")
    ]
    changed.append((b"content-encoding", coding.name.encode()))
    if length is not None:
        changed.append((b"content-length", b"%d" % length))
    return changed
