"""Draft mode: seeing what is not published yet, past every cache.

Implements ``draftMode`` of the Next.js documents.
"""

from __future__ import annotations

from collections.abc import Generator

from byway.runtime.scope import read_request
from byway.runtime.work import Work

DRAFT_COOKIE = "__prerender_bypass"


class DraftMode:
    """What `draft_mode` gives; ``await`` it or use it as it is."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def __await__(self) -> Generator[None, None, DraftMode]:
        yield from ()
        return self

    @property
    def is_enabled(self) -> bool:
        """Whether this request is in draft mode. Reading it makes no route dynamic, and cached functions may do so."""
        return self._work.is_draft

    def enable(self) -> None:
        """Enter draft mode: set its cookie, whose value each build makes anew.

        Raises ``RuntimeError`` in a cached function and while a page renders.
        """
        self._set("draft_mode().enable()", is_on=True)

    def disable(self) -> None:
        """Leave draft mode: delete its cookie. Raises ``RuntimeError`` where `enable` does."""
        self._set("draft_mode().disable()", is_on=False)

    def _set(self, caller: str, *, is_on: bool) -> None:
        work = self._work
        read_request(work, caller)
        app = work.app
        # On another site's page, an editor's preview, a browser sends it only with SameSite=None, which wants Secure;
        # in development there is no TLS.
        work.root.cookie_store().set(
            DRAFT_COOKIE,
            app.draft_id if is_on else "",
            path="/",
            expires=None if is_on else 0,
            http_only=True,
            secure=not app.is_development,
            same_site="lax" if app.is_development else "none",
        )
        work.draft = is_on
