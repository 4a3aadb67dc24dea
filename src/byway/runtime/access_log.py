"""The access log: one line for each answer, on the logger ``byway.access``."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from byway.config import Config
from byway.http.json import encode
from byway.runtime.work import Work

log = logging.getLogger("byway.access")

LogFormat = Literal["text", "json"]


# Where Byway serves what its pages need. What an app itself was asked for would drown in that.
_OWN = "/_byway/"


def ignored_paths(config: Config) -> Callable[[str], bool] | None:
    """Tells whether ``Config(logging=…)`` leaves requests for a path out; None when it leaves none out.

    It is for development, as in the documents.
    """
    logging = {"incoming_requests": config.logging} if isinstance(config.logging, bool) else config.logging
    requests: bool | Mapping[str, Sequence[str]] = logging.get("incoming_requests", True)
    if isinstance(requests, bool):
        return None if requests else lambda path: True
    patterns = [re.compile(text) for text in requests.get("ignore", ())]
    return lambda path: any(pattern.search(path) for pattern in patterns)


class AccessLog:
    """Writes who asked for what and how it was answered. Queries are left out: they hold secrets too often.

    What Byway's own pages fetch (below ``/_byway/``) has no line, unless the answer is an error.
    """

    def __init__(self, form: LogFormat) -> None:
        self._as_json = form == "json"

    def write(self, work: Work, client: str, path: str, status: int, seconds: float, *, is_whole: bool = True) -> None:
        """One answer. ``path`` is the undecoded path, ``seconds`` the time until the answer's last byte was sent.

        An answer that is not whole ended before its last byte: its client left, or the connection was cut. Its
        ``status`` is the one that was sent.
        """
        if _OWN in path and status < 400 and work.request.url.pathname.startswith(_OWN):
            return
        method = work.request.method
        if self._as_json:
            fields = {
                "client": client,
                "method": method,
                "path": path,
                "route": work.route,
                "status": status,
                "ms": round(seconds * 1000, 2),
                "request_id": work.request_id,
            }
            if not is_whole:
                fields["aborted"] = True
            log.info("%s", encode(fields).decode())
            return
        log.info(
            '%s "%s %s" %d %.1fms %s %s%s',
            client or "-",
            method,
            path,
            status,
            seconds * 1000,
            work.route or "-",
            work.request_id,
            "" if is_whole else " aborted",
        )
