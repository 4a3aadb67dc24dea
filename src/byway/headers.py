"""The request that is being answered: `cookies()` and `headers()`.

Implements ``next/headers`` as the documents describe it.
"""

from __future__ import annotations

from byway.http.cookies import CookieStore
from byway.http.headers import ReadonlyHeaders
from byway.runtime.work import current_work

__all__ = ["cookies", "headers"]


def cookies() -> CookieStore:
    """The request's cookies, and the ones that its answer will set.

    ``await`` it or use it as it is. What is set or deleted here is seen by later reads of the same request and sent
    with its answer; a cookie that the Response itself sets wins over one of the same name.

    Raises ``RuntimeError`` outside a request.
    """
    return current_work("cookies()").cookie_store()


def headers() -> ReadonlyHeaders:
    """The request's headers, read-only. ``await`` it or use it as it is.

    Raises ``RuntimeError`` outside a request; changing the headers raises ``TypeError``.
    """
    return ReadonlyHeaders.from_raw(current_work("headers()").request.headers.raw)
