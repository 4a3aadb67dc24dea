"""`FormData`, and the format in which forms with files travel: ``multipart/form-data``."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator
from email.message import Message

from multipart import (  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
)

from byway.http.blob import Blob, File, Spool
from byway.http.errors import BodyError, BodyTooLarge
from byway.http.pairs import Pairs, scalars
from byway.http.search_params import write_query

__all__ = ["Blob", "File", "FormData", "new_boundary", "parse_multipart", "stream_multipart"]

# Text fields stay in memory whatever the spool size, and so need a bound of their own.
_MAX_TEXT = 1024 * 1024

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


class FormData(Pairs[str | File]):
    """The fields of a form: pairs of a name and a ``str`` or ``File``; a name may come several times.

    The temporary files of large uploads vanish with `close`, or once nobody refers to them any more.

    Implements the Web's ``FormData``.
    """

    __slots__ = ()

    def __init__(self) -> None:
        self._pairs = []

    def set(self, name: str, value: str | Blob, filename: str | None = None) -> None:
        """Give ``name`` this one value; it keeps the place of its first, or goes to the end.

        A ``Blob`` becomes a ``File`` called ``filename``, or ``blob``. Raises ``TypeError`` for any other type.
        """
        self._put(name, _entry(name, value, filename))

    def append(self, name: str, value: str | Blob, filename: str | None = None) -> None:
        """Add a pair at the end; ``value`` and ``filename`` are as in `set`."""
        self._pairs.append((name, _entry(name, value, filename)))

    def __str__(self) -> str:
        """The form as one without files is sent (``application/x-www-form-urlencoded``); of a file, its name."""
        return write_query(
            (_normalise(name), _normalise(value if isinstance(value, str) else value.name)) for name, value in self
        )

    def close(self) -> None:
        """Delete the temporary files; those that were in one cannot be read any more."""
        for value in self.values():
            if isinstance(value, File):
                value.close()


def _entry(name: str, value: str | Blob, filename: str | None) -> str | File:
    match value:
        case str():
            if filename is not None:
                raise TypeError(f"Form field {name!r} is a str, which has no filename: give Blob(…) or File(…).")
            return value
        case File() if filename is None:
            return value
        case Blob():
            return File.of(value, "blob" if filename is None else filename, value.type)
        case _:  # pyright: ignore[reportUnnecessaryComparison]
            raise TypeError(f"Form field {name!r} is {type(value).__name__}: give str, Blob or File.")


def too_many_parts(limit: int) -> BodyTooLarge:
    """The error of a form with more than ``limit`` fields and files."""
    return BodyTooLarge(f"The form has more than {limit:,} fields and files; Config(max_form_parts=…) sets this limit.")


async def parse_multipart(chunks: AsyncIterable[bytes], boundary: str, *, max_parts: int, spool_size: int) -> FormData:
    """The form that ``chunks``, a body of the type ``multipart/form-data``, holds.

    A part with a ``filename`` is a ``File``, whose content goes to a temporary file beyond ``spool_size`` bytes; any
    other is text, decoded from UTF-8. A file field that was left empty is a ``File`` without name and content.

    Raises ``BodyError`` when the body is malformed or cut short, ``BodyTooLarge`` when it has more than ``max_parts``
    fields and files, or a text of more than ``spool_size`` bytes and 1 MiB. What ``chunks`` raises passes through.
    """
    form = FormData()
    reader = _PartReader(form, max_parts, spool_size)
    try:
        parser = PushMultipartParser(boundary)
        async for chunk in chunks:
            # To the parser, an empty chunk would be the end.
            if chunk:
                for event in parser.parse(chunk):
                    await reader.take(event)
        parser.close()
    except ParserLimitReached as error:
        reader.close()
        raise BodyError(f"The form has a part with too many or too long headers ({error}).") from None
    except MultipartError as error:
        reader.close()
        raise BodyError(f"The body is no well-formed multipart/form-data: {error}.") from None
    except BaseException:
        reader.close()
        raise
    return form


class _PartReader:
    """Puts the parser's events together: a segment's headers, chunks of its content, None at its end."""

    def __init__(self, form: FormData, max_parts: int, spool_size: int) -> None:
        self._form = form
        self._max_parts = max_parts
        self._spool_size = spool_size
        self._max_text = max(spool_size, _MAX_TEXT)
        self._segment = MultipartSegment([])
        self._filename: str | None = None
        self._text = bytearray()
        self._spool = Spool(spool_size)

    async def take(self, event: MultipartSegment | bytes | None) -> None:
        if isinstance(event, MultipartSegment):
            if len(self._form) == self._max_parts:
                raise too_many_parts(self._max_parts)
            self._segment = event
            self._filename = _filename(event)
            self._text = bytearray()
            self._spool = Spool(self._spool_size)
        elif event is None:
            await self._finish()
        elif self._filename is not None:
            await self._spool.write(event)
        else:
            self._text += event
            if len(self._text) > self._max_text:
                raise BodyTooLarge(
                    f"The form's field {self._segment.name!r} has more than {self._max_text:,} bytes of text: "
                    "send it as a file, or raise Config(upload_spool_size=…)."
                )

    async def _finish(self) -> None:
        segment = self._segment
        name = segment.name or ""
        if self._filename is None:
            self._form.append(name, self._text.decode("utf-8", "replace"))
        else:
            kind = next((value for header, value in segment.headerlist if header == "Content-Type"), "text/plain")
            self._form.append(name, File.of(await self._spool.finish(), self._filename, kind))

    def close(self) -> None:
        self._spool.close()
        self._form.close()


def _filename(segment: MultipartSegment) -> str | None:
    filename: str | None = segment.filename
    if filename is None:
        disposition = next((value for header, value in segment.headerlist if header == "Content-Disposition"), "")
        if "filename*" in disposition.lower():
            # Browsers do not send this form of RFC 5987, which the parser does not know; some clients do.
            message = Message()
            message["content-disposition"] = disposition
            filename = message.get_filename()
    return filename


def new_boundary() -> str:
    """A boundary that no content will hold by accident."""
    return f"----formdata-{secrets.token_hex(16)}"


async def stream_multipart(form: FormData, boundary: str) -> AsyncIterator[bytes]:
    """``form`` as ``multipart/form-data``, chunk by chunk, as browsers send it.

    Line breaks of names and texts become CR LF, as in a browser's form.
    """
    start = f"--{boundary}\r\nContent-Disposition: form-data; name="
    for name, value in form:
        head = start + _quote(_normalise(name))
        if isinstance(value, str):
            yield f"{head}\r\n\r\n{_normalise(value)}\r\n".encode()
        else:
            filename = _quote(scalars(value.name))
            kind = value.type or "application/octet-stream"
            yield f"{head}; filename={filename}\r\nContent-Type: {kind}\r\n\r\n".encode()
            async for chunk in value:
                yield chunk
            yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _normalise(text: str) -> str:
    return _LINE_BREAK.sub("\r\n", scalars(text))


def _quote(text: str) -> str:
    escaped = text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
    return f'"{escaped}"'
