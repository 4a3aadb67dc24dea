"""Bodies: what they are made of, and how they are read, once, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from byway.http.errors import BodyTooLarge
from byway.http.forms import Blob, FormData, new_boundary, stream_multipart
from byway.http.text import utf8_encode
from byway.http.url import URLSearchParams

Chunk: TypeAlias = str | bytes
Stream: TypeAlias = Iterable[Chunk] | AsyncIterable[Chunk]
BodyInit: TypeAlias = str | bytes | bytearray | memoryview | Blob | FormData | URLSearchParams | Stream | None

_TEXT = b"text/plain;charset=UTF-8"
# Kept apart from its use so that type checkers do not take the check, which users need, for superfluous.
_STREAMS: tuple[type[Any], ...] = (AsyncIterable, Iterable)
_FORM = b"application/x-www-form-urlencoded;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a request is taken; ``Config`` sets each under the same name.

    ``max_body_size``: bytes of a whole body. ``max_form_parts``: fields and files of one form.
    ``upload_spool_size``: bytes of an uploaded file that are held in memory; a larger one goes to a temporary file.
    ``body_timeout``: seconds that a client may send nothing in the middle of a body.
    """

    max_body_size: int = 10 * 1024 * 1024
    max_form_parts: int = 1000
    upload_spool_size: int = 1024 * 1024
    body_timeout: float = 30.0


def to_bytes(chunk: object) -> bytes:
    """One chunk of a stream as bytes.

    Raises ``TypeError`` when it is neither ``str`` nor bytes.
    """
    if isinstance(chunk, bytes):
        return chunk
    if isinstance(chunk, str):
        return utf8_encode(chunk)
    if isinstance(chunk, (bytearray, memoryview)):
        return bytes(chunk)  # pyright: ignore[reportUnknownArgumentType]
    raise TypeError(f"A streamed body yielded {type(chunk).__name__}; yield str or bytes.")


def extract(body: BodyInit) -> tuple[bytes | None, Stream | None, bytes | None]:
    """What ``body`` is made of: its bytes or its stream, and the content type that it brings along.

    Raises ``TypeError`` when a body cannot be made of it.
    """
    match body:
        case str():
            return utf8_encode(body), None, _TEXT
        case bytes():
            return body, None, None
        case None:
            return None, None, None
        case bytearray() | memoryview():
            return bytes(body), None, None
        case URLSearchParams():
            return str(body).encode(), None, _FORM
        case FormData():
            boundary = new_boundary()
            return None, stream_multipart(body, boundary), f"multipart/form-data; boundary={boundary}".encode()
        case Blob():
            return None, body, body.type.encode("latin-1") or None
        case _ if isinstance(body, _STREAMS) and not isinstance(body, Mapping):
            return None, body, None
        case _:
            raise TypeError(
                f"A body cannot be made of {type(body).__name__}: give str, bytes, Blob, FormData, URLSearchParams, "
                "None, or an iterator of str or bytes. For data there is Response.json(…)."
            )


class Source(Protocol):
    """Where a body's bytes come from. One that holds something open has an ``aclose()`` as well."""

    async def read(self) -> bytes:
        """The next chunk; ``b""`` once there are no more.

        Raises ``Disconnected`` when the sender left in the middle.
        """
        ...


class BytesSource:
    """Bytes that are all there; ``data`` is what was not yet read of them."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def read(self) -> bytes:
        data, self.data = self.data, b""
        return data


class StreamSource:
    """The chunks of a sync or async iterator, read without a server."""

    __slots__ = ("_iterator",)

    def __init__(self, stream: Stream) -> None:
        self._iterator = aiter(stream) if isinstance(stream, AsyncIterable) else iter(stream)

    async def read(self) -> bytes:
        while True:
            if isinstance(self._iterator, AsyncIterator):
                chunk = await anext(self._iterator, None)
            else:
                chunk = next(self._iterator, None)
            if chunk is None:
                return b""
            if data := to_bytes(chunk):
                return data

    async def aclose(self) -> None:
        """Close the iterator, when it is one that can be closed."""
        if isinstance(self._iterator, AsyncIterator):
            aclose = getattr(self._iterator, "aclose", None)
            if aclose is not None:
                await aclose()
        else:
            close = getattr(self._iterator, "close", None)
            if close is not None:
                close()


class LimitedSource:
    """``source``, of which no more than ``limit`` bytes are taken.

    ``announced`` is the ``Content-Length``, so that a body that is too large is refused before its first byte.
    """

    __slots__ = ("_announced", "_left", "_limit", "_source")

    def __init__(self, source: Source, limit: int, announced: int | None) -> None:
        self._source = source
        self._limit = limit
        self._left = limit
        self._announced = announced

    async def read(self) -> bytes:
        if self._announced is not None and self._announced > self._limit:
            raise self._too_large()
        chunk = await self._source.read()
        self._left -= len(chunk)
        if self._left < 0:
            raise self._too_large()
        return chunk

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(
            f"The request's body is larger than {self._limit:,} bytes; Config(max_body_size=…) sets this limit."
        )


class Tee:
    """Lets several readers have every chunk of one source; what one has read is kept for the others."""

    __slots__ = ("_chunks", "_reading", "_source")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._chunks: list[bytes] = []
        self._reading = asyncio.Lock()

    async def chunk(self, position: int) -> bytes:
        async with self._reading:
            if position == len(self._chunks):
                self._chunks.append(await self._source.read())
        return self._chunks[position]

    def reader(self) -> Source:
        return _TeeReader(self)


class _TeeReader:
    __slots__ = ("_position", "_tee")

    def __init__(self, tee: Tee) -> None:
        self._tee = tee
        self._position = 0

    async def read(self) -> bytes:
        chunk = await self._tee.chunk(self._position)
        if chunk:
            self._position += 1
        return chunk


class Body:
    """The body of a request or a response: bytes that are handed out once."""

    __slots__ = ("_source", "used")

    def __init__(self, source: Source) -> None:
        self._source = source
        self.used = False

    def take(self) -> Source:
        """The source, once.

        Raises ``TypeError`` when the body was taken before.
        """
        if self.used:
            raise TypeError(
                "The body was already read; it can be read once. clone() before reading lets it be read again."
            )
        self.used = True
        return self._source

    async def read_all(self) -> bytes:
        """All of it."""
        source = self.take()
        first = await source.read()
        if not first:
            return b""
        chunks = [first]
        while chunk := await source.read():
            chunks.append(chunk)
        return first if len(chunks) == 1 else b"".join(chunks)

    def stream(self) -> BodyStream:
        """Chunk by chunk, as it arrives; it counts as read once the first is asked for."""
        return BodyStream(self)

    def payload(self) -> bytes | BodyStream:
        """It as it is sent on: its bytes when they are all there, else its stream. It counts as read.

        Raises ``TypeError`` when it was already read.
        """
        source = self.take()
        return source.data if isinstance(source, BytesSource) else BodyStream(self, source)

    def clone(self) -> Body:
        """A second body of the same bytes; the two may be read at different speeds.

        Raises ``TypeError`` when the body was already read.
        """
        if self.used:
            raise TypeError("The body was already read; clone() must come before reading it.")
        tee = Tee(self._source)
        self._source = tee.reader()
        return Body(tee.reader())


class BodyStream(AsyncIterator[bytes]):
    """The chunks of a body, as they arrive. Its end, its failure and `aclose` let go of what they come from.

    ``source`` is the body's source when it was already taken. Raises ``TypeError`` when another has read the body.
    """

    # A generator would do, but for this: closing one that has not begun runs nothing of it, and so frees nothing.
    __slots__ = ("_body", "_is_over", "_source")

    def __init__(self, body: Body, source: Source | None = None) -> None:
        self._body = body
        self._source = source
        self._is_over = False

    async def __anext__(self) -> bytes:
        if self._is_over:
            raise StopAsyncIteration
        source = self._source
        if source is None:
            source = self._source = self._body.take()
        chunk = b""
        try:
            chunk = await source.read()
        finally:
            if not chunk:
                await self.aclose()
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """Read no more, and let go of what the body comes from: the connection of a fetch, a generator."""
        if self._is_over:
            return
        self._is_over = True
        source = self._source
        if source is None:
            if self._body.used:
                return  # another reader's now
            source = self._body.take()
        aclose = getattr(source, "aclose", None)
        if aclose is not None:
            await aclose()


class PreviewSource:
    """Reads a body ahead of its own reader, for whom the bytes are kept; a body that is not read here is not kept."""

    __slots__ = ("_body", "_source")

    def __init__(self, body: Body) -> None:
        self._body = body
        self._source: Source | None = None

    async def read(self) -> bytes:
        if self._source is None:
            self._source = self._body.clone().take()
        return await self._source.read()
