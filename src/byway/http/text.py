"""Text and its bytes, as the Web's Encoding standard has them: no text and no bytes are an error."""

from __future__ import annotations

from byway.http.pairs import scalars

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def utf8_encode(text: str) -> bytes:
    """``text`` as UTF-8; lone surrogates, which have no encoding, become U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return scalars(text).encode()


def utf8_decode(data: bytes) -> str:
    """``data`` as text; bytes that are no UTF-8 become U+FFFD, a byte order mark at the beginning is dropped."""
    return data.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "replace")
