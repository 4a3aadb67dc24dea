"""A file of a folder, opened once: what is said of it and what is sent come from the same open file.

So a file that is replaced meanwhile goes out as it was, and no name is looked up a second time after it was checked.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

_CHUNK = 256 * 1024

# The path that is opened has no links left, so one that appears was put there since; a pipe would be waited for.
_FLAGS: int = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
# Why there is no file to open: also because a folder, a link or a socket is in its place, or a file in its folder's.
_NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO})


def open_within(folder: Path, path: Path) -> tuple[BinaryIO, os.stat_result]:
    """The file at ``path``, open for reading, and its state. The caller closes it.

    Raises ``FileNotFoundError`` when there is no regular file, or when a symbolic link leads out of ``folder``.
    """
    real = os.path.realpath(path)
    if not real.startswith(os.path.join(os.path.realpath(folder), "")):
        raise FileNotFoundError(f"{path.name} leads out of {folder.name}.")
    try:
        file = open(real, "rb", opener=_open)  # noqa: SIM115 - the caller closes it
    except OSError as error:
        if error.errno in _NO_FILE:
            raise FileNotFoundError(f"{path.name} is no file any more.") from error
        raise
    state = os.fstat(file.fileno())
    if S_ISREG(state.st_mode):
        return file, state
    file.close()
    raise FileNotFoundError(f"{path.name} is no regular file.")


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | _FLAGS)


def read_whole(file: BinaryIO, length: int) -> bytes:
    """The next ``length`` bytes of ``file``. Raises ``EOFError`` when there are fewer."""
    data = file.read(length)
    if len(data) < length:
        raise EOFError(f"{os.path.basename(file.name)} became shorter while it was being sent.")
    return data


class FileChunks:
    """The next ``length`` bytes of the open ``file``, in chunks of up to 256 KiB; `close` closes it.

    Whatever becomes of the file meanwhile, these are never more. When they are fewer, taking the next chunk raises
    ``EOFError``: the answer is then incomplete, and its connection must not end as if all was well.
    """

    __slots__ = ("_file", "_left")

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = length

    def __iter__(self) -> FileChunks:
        return self

    def __next__(self) -> bytes:
        if not self._left:
            raise StopIteration
        chunk = read_whole(self._file, min(_CHUNK, self._left))
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __del__(self) -> None:
        # An answer that is never sent is closed by nobody.
        self._file.close()
