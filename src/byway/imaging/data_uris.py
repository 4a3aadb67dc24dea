"""``data:`` URIs."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from byway.imaging.errors import ImageError, at
from byway.imaging.limits import MAX_PICTURE_BYTES


def decode_data_uri(uri: str, where: str) -> bytes:
    """The bytes of a ``data:`` URI.

    Raises `ImageError` when it is none, or too large.
    """
    head, comma, body = uri.partition(",")
    if not comma:
        raise ImageError(f"The data: URI {uri[:60]!r} has no comma, hence no data{at(where)}.")
    if len(body) > MAX_PICTURE_BYTES * 3:
        raise too_large("A picture in a data: URI", where)
    data = unquote_to_bytes(body)
    if head.lower().endswith(";base64"):
        try:
            data = base64.b64decode(b"".join(data.split()) + b"==")
        except binascii.Error:
            raise ImageError(f"The data: URI {uri[:60]!r} is not valid base64{at(where)}.") from None
    return data


def too_large(what: str, where: str) -> ImageError:
    """The error for a picture of too many bytes."""
    return ImageError(f"{what} has more than {MAX_PICTURE_BYTES:,} bytes{at(where)}: use a smaller one.")
