"""Uploaded files on disk, under names of our own."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from byway.server import File

MAX_SIZE = 5 * 2**20  # bytes

# How a file of each accepted type begins. What the client says of its type and its name proves nothing.
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": (".png", "image/png"),
    b"\xff\xd8\xff": (".jpg", "image/jpeg"),
    b"%PDF-": (".pdf", "application/pdf"),
}
_TYPES = dict(_BEGINNINGS.values())
_CHUNK = 64 * 1024


class UnknownType(ValueError):
    """A file of a type that is not accepted."""


def folder() -> Path:
    """Where the files are: not in ``public/``, and not among the app's own files in production."""
    return Path(os.environ.get("UPLOADS", "uploads"))


async def save(file: File) -> str:
    """Write ``file`` to the disk, chunk by chunk, and return the name it is kept under.

    Raises ``UnknownType``.
    """
    chunks = aiter(file)
    first = await anext(chunks, b"")
    suffix = next((suffix for start, (suffix, _) in _BEGINNINGS.items() if first.startswith(start)), None)
    if suffix is None:
        raise UnknownType("Only PNG, JPEG and PDF files are accepted.")
    name = f"{secrets.token_urlsafe(16)}{suffix}"
    await asyncio.to_thread(folder().mkdir, parents=True, exist_ok=True)
    part = folder() / f".{name}.part"
    try:
        with await asyncio.to_thread(part.open, "xb") as out:
            await asyncio.to_thread(out.write, first)
            async for chunk in chunks:
                await asyncio.to_thread(out.write, chunk)
        # Whoever looks for the name finds the whole file or none.
        await asyncio.to_thread(part.rename, folder() / name)
    finally:
        part.unlink(missing_ok=True)
    return name


def find(name: str) -> tuple[Path, str] | None:
    """The path and the content type of the file kept under ``name``; None when there is none."""
    if name.startswith(".") or "/" in name or "\\" in name or "\0" in name:
        return None
    path = folder() / name
    kind = _TYPES.get(path.suffix)
    return (path, kind) if kind is not None and path.is_file() else None


async def read(path: Path) -> AsyncIterator[bytes]:
    """The file's bytes, in chunks."""
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
