"""The exceptions that `redirect()`, `not_found()`, `forbidden()` and `unauthorized()` raise.

They derive from ``BaseException``: an ``except Exception`` around a call that redirects must not swallow the redirect.
"""

from __future__ import annotations

import asyncio
from typing import Literal, cast

from byway.http.response import location
from byway.http.url import URL

RedirectType = Literal["replace", "push"]


class ControlFlow(BaseException):
    """An answer that is raised rather than returned."""


class Redirect(ControlFlow):
    """``redirect()`` (307) and ``permanent_redirect()`` (308)."""

    def __init__(self, url: str | URL, *, permanent: bool, type: RedirectType | None = None) -> None:
        if type not in (None, "replace", "push"):
            raise ValueError(f'A redirect\'s type is "replace" or "push", not {type!r}.')
        self.url = location(url)
        self.permanent = permanent
        self.type = type
        super().__init__(f"redirect to {self.url}")

    def status(self, method: str, content_type: str | None) -> int:
        """303 after a form post, so that the browser follows with GET; else 307 or 308, which keep the method."""
        if method == "POST" and content_type is not None:
            kind = content_type.partition(";")[0].strip().lower()
            if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
                return 303
        return 308 if self.permanent else 307


class HTTPInterrupt(ControlFlow):
    """``not_found()`` (404), ``forbidden()`` (403) and ``unauthorized()`` (401)."""

    def __init__(self, status: Literal[401, 403, 404]) -> None:
        self.status = status
        super().__init__(f"interrupted with status {status}")


def as_control_flow(error: BaseException) -> ControlFlow | None:
    """The control flow that ``error`` is: itself, or the first leaf of a group whose leaves all are.

    A ``TaskGroup`` wraps what its tasks raise into such a group.
    """
    if isinstance(error, ControlFlow):
        return error
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        leaves = [as_control_flow(leaf) for leaf in group.exceptions]
        if all(leaves):
            return leaves[0]
    return None


def is_stop(error: BaseException) -> bool:
    """Whether ``error`` stops the process or this very task; then it is nobody's to answer.

    A ``CancelledError`` may as well come from something that was waited for, which is a failure like any other.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return isinstance(error, (KeyboardInterrupt, SystemExit))
