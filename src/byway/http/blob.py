"""`Blob` and `File`: bytes with a type, in memory or in a temporary file."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import weakref
from collections.abc import AsyncIterator, Sequence
from typing import IO, TypeAlias

from byway.http.text import utf8_decode, utf8_encode

BlobPart: TypeAlias = "bytes | bytearray | memoryview | str"

_CHUNK = 64 * 1024
_BATCH = 256 * 1024


class Spool:
    """Bytes that are held in memory up to ``limit``, and beyond it in a temporary file.

    Files are written and read in worker threads, so that a slow disk holds up nobody. The temporary file has no name
    and vanishes on `close`, or once nobody refers to the spool any more.
    """

    __slots__ = ("__weakref__", "_buffer", "_close", "_file", "_limit", "_lock", "size")

    def __init__(self, limit: int) -> None:
        self.size = 0
        self._limit = limit
        self._buffer = bytearray()
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()
        self._close: weakref.finalize[[], Spool] | None = None

    async def write(self, data: bytes) -> None:
        """Add ``data``."""
        self._buffer += data
        self.size += len(data)
        if self.size > self._limit and (self._file is None or len(self._buffer) >= _BATCH):
            await asyncio.to_thread(self._flush)

    async def finish(self) -> bytes | Spool:
        """What was written: the bytes, or this spool when they are in a file."""
        if self._file is None:
            return bytes(self._buffer)
        if self._buffer:
            await asyncio.to_thread(self._flush)
        return self

    def _flush(self) -> None:
        with self._lock:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the spool
                self._close = weakref.finalize(self, self._file.close)
            self._file.write(self._buffer)
            self._buffer = bytearray()

    async def read(self, start: int, count: int) -> bytes:
        """``count`` bytes from ``start``, less at the end.

        Raises ``ValueError`` after `close`.
        """
        return await asyncio.to_thread(self._read, start, count)

    def _read(self, start: int, count: int) -> bytes:
        # Several may read at once, each at a place of its own.
        with self._lock:
            if self._file is None or self._file.closed:
                raise ValueError("This file was closed with its form; read it before.")
            self._file.seek(start)
            return self._file.read(count)

    def close(self) -> None:
        """Delete the temporary file, if there is one."""
        if self._close is not None:
            self._close()


class Blob:
    """Bytes with a content type.

    ``data`` is bytes, a ``str`` (taken as UTF-8), or a sequence of those, which are joined. A ``type`` that is no
    printable ASCII counts as none. It can be read as often as one likes.

    Implements the Web's ``Blob``.
    """

    __slots__ = ("_content", "type")

    #: The content type, in lower case; empty when there is none.
    type: str
    _content: bytes | Spool

    def __init__(self, data: BlobPart | Sequence[BlobPart] = b"", type: str = "") -> None:
        if isinstance(data, (list, tuple)):
            self._content = b"".join([_to_bytes(part) for part in data])
        else:
            self._content = _to_bytes(data)
        self.type = _content_type(type)

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self._content) if isinstance(self._content, bytes) else self._content.size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._content
        for start in range(0, self.size, _CHUNK):
            if isinstance(content, bytes):
                yield content[start : start + _CHUNK]
            else:
                yield await content.read(start, _CHUNK)

    async def bytes(self) -> bytes:
        """All of it."""
        content = self._content
        return content if isinstance(content, bytes) else await content.read(0, content.size)

    async def text(self) -> str:
        """All of it as text, decoded from UTF-8; bytes that are none become U+FFFD, a byte order mark is dropped."""
        return utf8_decode(await self.bytes())

    def __repr__(self) -> str:
        return f"<Blob {self.type or 'untyped'}, {self.size} bytes>"


class File(Blob):
    """A ``Blob`` with a file name, as a form's file field has it.

    ``name`` is what the client sent, and clients lie: do not use it as a path.

    Implements the Web's ``File``.
    """

    __slots__ = ("name",)

    def __init__(self, data: BlobPart | Sequence[BlobPart], name: str, type: str = "") -> None:
        super().__init__(data, type)
        self.name = name

    @classmethod
    def of(cls, content: bytes | Spool | Blob, name: str, type: str) -> File:
        """A file over what was read before; nothing is copied."""
        file = cls.__new__(cls)
        file._content = content._content if isinstance(content, Blob) else content
        file.name = name
        file.type = _content_type(type)
        return file

    def close(self) -> None:
        """Delete its temporary file, if there is one; it cannot be read any more."""
        if isinstance(self._content, Spool):
            self._content.close()

    def __repr__(self) -> str:
        return f"<File {self.name!r} {self.type or 'untyped'}, {self.size} bytes>"


def _to_bytes(part: BlobPart | Sequence[BlobPart]) -> bytes:
    if isinstance(part, str):
        return utf8_encode(part)
    if isinstance(part, (bytes, bytearray, memoryview)):
        return bytes(part)
    raise TypeError(f"A Blob is made of bytes, str, or a list of those, not {type(part).__name__}.")


def _content_type(given: str) -> str:
    return given.lower() if given.isascii() and given.isprintable() else ""
