"""The request that is being answered: `cookies()`, `headers()` and `draft_mode()`.

Implements ``next/headers`` as the documents describe it.
"""

from __future__ import annotations

from byway.http.cookies import CookieStore
from byway.http.headers import ReadonlyHeaders
from byway.runtime.draft import DraftMode
from byway.runtime.scope import read_request
from byway.runtime.work import current_work

__all__ = ["DraftMode", "cookies", "draft_mode", "headers"]

_FOR_EVERYONE = (
    'This route has dynamic = "force-static": its answer is for everyone, so it sets no cookies. Set them in a handler '
    "that is answered anew for each request."
)


def cookies() -> CookieStore:
    """The request's cookies, and the ones that its answer will set.

    ``await`` it or use it as it is. What is set or deleted here is seen by later reads of the same request and sent
    with its answer; a cookie that the Response itself sets wins over one of the same name. A route that is made ahead
    becomes dynamic by it; with ``dynamic = "force-static"`` there are none.

    Raises ``RuntimeError`` outside a request, in a cached function, and in a route with ``dynamic = "error"``.
    """
    work = current_work("cookies()")
    if read_request(work, "cookies()"):
        return CookieStore("", read_only=_FOR_EVERYONE)
    return work.cookie_store()


def headers() -> ReadonlyHeaders:
    """The request's headers, read-only. ``await`` it or use it as it is.

    A route that is made ahead becomes dynamic by it; with ``dynamic = "force-static"`` there are none. Raises
    ``RuntimeError`` outside a request, in a cached function, and in a route with ``dynamic = "error"``; changing the
    headers raises ``TypeError``.
    """
    work = current_work("headers()")
    if read_request(work, "headers()"):
        return ReadonlyHeaders()
    return ReadonlyHeaders.from_raw(work.request.headers.raw)


def draft_mode() -> DraftMode:
    """Whether the request is in draft mode, and the means to enter and to leave it.

    ``await`` it or use it as it is. In draft mode nothing is read from the cache and nothing is stored.

    Raises ``RuntimeError`` outside a request.
    """
    return DraftMode(current_work("draft_mode()"))
