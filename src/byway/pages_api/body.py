"""``req.body``: what the body parser makes of a request's body, by its content type."""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterable, Iterable
from email.message import Message
from typing import Any

from byway.http.errors import BodyError, BodyTooLarge
from byway.http.forms import too_many_parts
from byway.http.json import decode
from byway.http.search_params import URLSearchParams
from byway.http.text import utf8_decode
from byway.pages_api.config import Size

_JSON = ("application/json", "application/ld+json")
_FORM = "application/x-www-form-urlencoded"

# The encodings of texts that clients send. Python knows others, some of which are no charsets or slow to decode.
_CHARSETS = frozenset(
    codecs.lookup(name).name
    for name in (
        *("ascii", "big5", "cp866", "cp874", "euc-jp", "euc-kr", "gb18030", "gb2312", "gbk", "iso-2022-jp", "koi8-r"),
        *("koi8-u", "shift-jis", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be"),
        *("utf-32-le", *(f"windows-{number}" for number in range(1250, 1259))),
        *(f"iso-8859-{number}" for number in range(1, 17) if number != 12),
    )
)


class RefusedBody(Exception):
    """A body that cannot be parsed: the client is answered with ``status`` and ``text``."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


async def read_limited(chunks: AsyncIterable[bytes] | None, announced: str | None, limit: Size) -> bytes:
    """All of ``chunks``, of which no more than ``limit`` are held; ``announced`` is the ``Content-Length``.

    Raises `RefusedBody` (413) for more, and what ``chunks`` raises: it has a limit of its own, ``max_body_size``.
    """
    if chunks is None:
        return b""
    body = bytearray()
    is_too_large = announced is not None and announced.isdecimal() and int(announced) > limit.size
    try:
        async for chunk in chunks:
            if not is_too_large:
                body += chunk
                is_too_large = len(body) > limit.size
    except BodyTooLarge:
        if not is_too_large:
            raise
    if is_too_large:
        # Its rest was read, and dropped: many clients look for an answer only when they have sent everything.
        raise RefusedBody(413, f"Body exceeded {limit.shown} limit")
    return bytes(body)


def parse_body(data: bytes, content_type: str | None, max_parts: int) -> Any:
    """``data`` as ``req.body``: JSON as Python values, a form as a dict, any other type as ``str``; None for nothing.

    Of JSON and forms, nothing is an empty dict. ``max_parts`` bounds the fields of a form. Raises `RefusedBody` (400)
    for what is no JSON and for an unknown charset, ``BodyTooLarge`` for too many fields.
    """
    kind, charset = _content_type(content_type)
    if not data:
        return {} if kind in _JSON or kind == _FORM else None
    if kind in _JSON and charset is None:
        return _parse_json(data)
    text = _decode(data, charset)
    if kind in _JSON:
        return _parse_json(text.encode("utf-8", "replace"))
    if kind == _FORM:
        if text.count("&") >= max_parts:
            raise too_many_parts(max_parts)
        return grouped(URLSearchParams.from_query(text))
    return text


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """``pairs`` as a dict; a name that comes several times has a list of its values."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name not in values:
            values[name] = value
        elif isinstance(known := values[name], list):
            known.append(value)  # pyright: ignore[reportUnknownMemberType]
        else:
            values[name] = [known, value]
    return values


def _content_type(header: str | None) -> tuple[str, str | None]:
    """The type, in lower case, and its charset; None for UTF-8, which is the default. An odd type is plain text."""
    if header is None:
        return "text/plain", None
    if ";" not in header:
        return header.strip().lower(), None
    message = Message()
    message["content-type"] = header
    charset = message.get_param("charset")
    if not isinstance(charset, str) or charset.lower() in ("", "utf-8", "utf8"):
        return message.get_content_type(), None
    return message.get_content_type(), charset


def _decode(data: bytes, charset: str | None) -> str:
    if charset is None:
        return utf8_decode(data)
    try:
        codec = codecs.lookup(charset)
        if codec.name not in _CHARSETS:
            raise LookupError
        return data.decode(codec.name, "replace").removeprefix("\ufeff")
    except (LookupError, ValueError):
        raise RefusedBody(400, "Invalid body") from None


def _parse_json(data: bytes) -> Any:
    try:
        return decode(data)
    except BodyError:
        raise RefusedBody(400, "Invalid JSON") from None
