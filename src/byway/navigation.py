"""Leaving a handler early: `redirect`, `permanent_redirect`, `not_found`, `forbidden`, `unauthorized`.

Implements ``next/navigation`` as the documents describe it for the server. All of them raise; ``except Exception`` does
not swallow what they raise.
"""

from __future__ import annotations

from typing import NoReturn

from byway.http.url import URL
from byway.runtime.control_flow import HTTPInterrupt, Redirect, RedirectType, as_control_flow

__all__ = ["forbidden", "not_found", "permanent_redirect", "redirect", "unauthorized", "unstable_rethrow"]


def redirect(url: str | URL, type: RedirectType | None = None) -> NoReturn:
    """Answer with a redirect to ``url``, relative or absolute: 307, or 303 after a form post.

    ``type`` (``"replace"`` or ``"push"``) matters only to client-side navigation. Cookies set before are sent.
    Raises ``ValueError`` when ``url`` is empty or ``type`` is another word.
    """
    raise Redirect(url, permanent=False, type=type)


def permanent_redirect(url: str | URL, type: RedirectType | None = None) -> NoReturn:
    """Like `redirect`, with 308 instead of 307."""
    raise Redirect(url, permanent=True, type=type)


def not_found() -> NoReturn:
    """Answer with 404. Cookies set before are not sent."""
    raise HTTPInterrupt(404)


def forbidden() -> NoReturn:
    """Answer with 403. Cookies set before are not sent."""
    raise HTTPInterrupt(403)


def unauthorized() -> NoReturn:
    """Answer with 401. Cookies set before are not sent."""
    raise HTTPInterrupt(401)


def unstable_rethrow(error: BaseException) -> None:
    """Raise ``error`` again when it is one of Byway's own (or was caused by one); else do nothing.

    Only ``except BaseException`` needs it; ``except Exception`` does not catch Byway's own.
    """
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:  # `raise error from error` is its own cause
        flow = as_control_flow(cause)
        if flow is not None:
            raise flow
        seen.add(id(cause))
        cause = cause.__cause__
