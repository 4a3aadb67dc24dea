"""The files of ``public/``: what to answer.

:func:`plan` decides by RFC 9110 (conditional requests, ranges) from its arguments alone; ``runtime/files.py`` looks the
file up.

The order of the rules, RFC 9110 section 13.2.2:

1. the method: GET and HEAD; OPTIONS tells them, all others are a 405;
2. ``If-Match``, or else ``If-Unmodified-Since``: a 412 when it fails;
3. ``If-None-Match``, or else ``If-Modified-Since``: a 304 when nothing changed;
4. ``Range``, on GET and when ``If-Range`` allows: a 206, or a 416 when no byte of it exists.

Tags are weak, as those of the original: size and time say that a file changed, not that its bytes are the same. So a
tag never satisfies ``If-Match`` or ``If-Range``, which want strong ones; ``If-Range`` takes the date.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path

ALLOW = "GET, HEAD"

# A fixed table, because the mimetypes module reads the machine's own and would answer differently from host to host.
_TYPES = {
    "aac": "audio/aac",
    "apng": "image/apng",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "css": "text/css",
    "csv": "text/csv",
    "eot": "application/vnd.ms-fontobject",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "gif": "image/gif",
    "glb": "model/gltf-binary",
    "gltf": "model/gltf+json",
    "gz": "application/gzip",
    "heic": "image/heic",
    "htm": "text/html",
    "html": "text/html",
    "ico": "image/x-icon",
    "ics": "text/calendar",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "jxl": "image/jxl",
    "m3u8": "application/vnd.apple.mpegurl",
    "m4a": "audio/mp4",
    "m4v": "video/mp4",
    "map": "application/json",
    "md": "text/markdown",
    "mjs": "text/javascript",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpd": "application/dash+xml",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "otf": "font/otf",
    "pdf": "application/pdf",
    "png": "image/png",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "ttf": "font/ttf",
    "txt": "text/plain",
    "vtt": "text/vtt",
    "wasm": "application/wasm",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xhtml": "application/xhtml+xml",
    "xml": "application/xml",
    "zip": "application/zip",
}

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file that is sent as it is; ``headers`` are those of its answers that do not change with its content."""

    path: Path
    content_type: str
    headers: Fields
    cache_control: str = "public, max-age=0"

    @classmethod
    def at(cls, path: Path) -> PublicFile:
        """The file at ``path``, with the content type that its name tells. Does not look at the disk."""
        kind = content_type(path.name)
        # No X-Content-Type-Options here: the files are the author's own, the types do not depend on the machine, and
        # the original sends none. An app that wants the header on every answer sets it in its config.
        return cls(path, kind, (("content-type", kind), ("accept-ranges", "bytes")))


@dataclass(frozen=True, slots=True)
class Plan:
    """What to answer: the status, the headers, and the range of the file to send as the body (``length`` 0: none)."""

    status: int
    headers: Fields
    start: int = 0
    length: int = 0


def content_type(name: str) -> str:
    """The content type of a file of this name; ``application/octet-stream`` for an ending not known to the web."""
    kind = _TYPES.get(name.rpartition(".")[2].lower() if "." in name else "", "application/octet-stream")
    return f"{kind}; charset=UTF-8" if kind.startswith("text/") or kind == "application/json" else kind


def plan(file: PublicFile, method: str, header: Callable[[str], str | None], stat: os.stat_result) -> Plan:
    """The answer to a ``method`` request for ``file``, whose state is ``stat``.

    ``header`` gives a request header's value by its lower-case name, None when there is none. A 405, 412 or 416
    has no body of its own: the caller may add one.
    """
    if method not in ("GET", "HEAD"):
        return Plan(204 if method == "OPTIONS" else 405, (("allow", ALLOW),))
    size = stat.st_size
    etag = f'W/"{size:x}-{stat.st_mtime_ns:x}"'
    modified = stat.st_mtime_ns // 1_000_000_000  # HTTP dates have no fractions
    last_modified = formatdate(modified, usegmt=True)
    validators = (("cache-control", file.cache_control), ("etag", etag), ("last-modified", last_modified))

    if _precondition_failed(header, modified):
        return Plan(412, ())
    if _not_modified(header, etag, modified):
        return Plan(304, validators)

    span: tuple[int, int] | None = None
    wanted = header("range") if method == "GET" else None
    # The comparison of If-Range is exact, and no tag is strong: only the very date can match.
    if wanted is not None and header("if-range") in (None, last_modified):
        span = _single_range(wanted, size)
        if span == _UNSATISFIABLE:
            return Plan(416, (("content-range", f"bytes */{size}"),))
    start, length = span or (0, size)
    headers = (*file.headers, *validators, ("content-length", str(length)))
    if span is not None:
        return Plan(206, (*headers, ("content-range", f"bytes {start}-{start + length - 1}/{size}")), start, length)
    return Plan(200, headers, 0, size if method == "GET" else 0)


def _precondition_failed(header: Callable[[str], str | None], modified: int) -> bool:
    match = header("if-match")
    if match is not None:
        return match.strip() != "*"
    since = _http_date(header("if-unmodified-since"))
    return since is not None and modified > since


def _not_modified(header: Callable[[str], str | None], etag: str, modified: int) -> bool:
    match = header("if-none-match")
    if match is not None:
        # Weak comparison: W/ does not count. The tag has no comma, so splitting cannot cut it.
        opaque = etag.removeprefix("W/")
        return any(tag.strip().removeprefix("W/") in (opaque, "*") for tag in match.split(","))
    since = _http_date(header("if-modified-since"))
    return since is not None and modified <= since


def _http_date(value: str | None) -> float | None:
    """The Unix time of an HTTP date; None for one that is absent or malformed, which is ignored."""
    if value is None:
        return None
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


_RANGE = re.compile(r"bytes=[ \t]*(?:([0-9]{1,20})-([0-9]{0,20})|-([0-9]{1,20}))[ \t]*", re.IGNORECASE)
_UNSATISFIABLE = (0, 0)


def _single_range(value: str, size: int) -> tuple[int, int] | None:
    """The start and length of the one range in ``value``, or ``_UNSATISFIABLE``.

    None for what is answered with the whole file: several ranges (allowed, and no client of a static file needs
    them), a malformed one, another unit, and the last bytes of an empty file.
    """
    match = _RANGE.fullmatch(value.strip())
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        length = min(int(suffix), size)
        if int(suffix) > 0 and size == 0:
            return None
        return (size - length, length) if length else _UNSATISFIABLE
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        return _UNSATISFIABLE
    return start, min(int(last) + 1 if last else size, size) - start
