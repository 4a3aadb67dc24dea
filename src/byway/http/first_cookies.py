"""Cookies as the Pages Router and the rules of the config read them: of several of one name the first counts.

``request.cookies`` takes the last, as in Next.js, which reads the one header in these two ways.
"""

from __future__ import annotations

from byway.http.cookie import decode_value
from byway.http.headers import Headers


def first_cookies(headers: Headers) -> dict[str, str]:
    """The names and values in the ``Cookie`` headers, in their order.

    Of several cookies of one name the first counts. Quotes around a value are taken off, a bad escape stays as it is,
    and what has no ``=`` is left out.
    """
    cookies: dict[str, str] = {}
    # HTTP/2 lets a client split its cookies over several headers.
    for piece in ";".join(headers.get_all("cookie")).split(";"):
        name, equals, value = piece.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or name in cookies:
            continue
        if value.startswith('"'):
            value = value[1:-1]
        decoded = decode_value(value)
        cookies[name] = value if decoded is None else decoded
    return cookies
