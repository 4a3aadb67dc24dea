"""What clients do with codings: the libraries' own decoders."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

LIBRARIES = ("brotli", "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")

_brotli: Any = import_module(LIBRARIES[0])
_zstd: Any = import_module(LIBRARIES[1])

DECODE: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "br": _brotli.decompress,
    "zstd": _zstd.decompress,
}


class Reading:
    """Decodes a stream: ``read`` gives all that can be told from what has come."""

    def __init__(self, coding: str) -> None:
        self._decoder: Any
        if coding == "gzip":
            self._decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
        else:
            self._decoder = _brotli.Decompressor() if coding == "br" else _zstd.ZstdDecompressor()
        self._read: Callable[[bytes], bytes] = self._decoder.process if coding == "br" else self._decoder.decompress

    def read(self, data: bytes) -> bytes:
        decoded = self._read(data)
        if not self.is_at_end:
            # Of much that comes of little, Brotli's decoder hands over a part, and the rest when asked again.
            while more := self._read(b""):
                decoded += more
        return decoded

    @property
    def is_at_end(self) -> bool:
        return bool(self._decoder.is_finished() if hasattr(self._decoder, "is_finished") else self._decoder.eof)
