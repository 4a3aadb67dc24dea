"""The way of a request through an app, from its path to its answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import quote

from byway.http.response import Response
from byway.routing.matcher import BadPath, Matcher
from byway.runtime.control_flow import is_stop
from byway.runtime.dispatch import Endpoint
from byway.runtime.errors import answer_error, answer_status
from byway.runtime.work import Work

# What a query keeps as it is; bytes beyond ASCII, which no client should send, are percent-encoded.
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_SLASHES = re.compile(r"[/\\]+")


def normal_path(path: str) -> str:
    """``path`` without repeated slashes, backslashes and a slash at its end."""
    path = _SLASHES.sub("/", path)
    return path if path == "/" else path.rstrip("/")


class Answerer(Protocol):
    """What an `App` answers requests with."""

    async def answer(self, work: Work, path: str, query: bytes) -> Response:
        """The answer to ``work``'s request for the undecoded ``path``; never raises, but for cancellation."""
        ...


class Step(Protocol):
    """What happens to a request before its route is looked for."""

    async def __call__(self, work: Work, path: str) -> Response | str:
        """The answer, or the path to go on with."""
        ...


class Pipeline:
    """The steps of every request, in this order: normalise, the app's own ``steps``, match, dispatch.

    What is raised becomes an answer.
    """

    __slots__ = ("_matcher", "_steps")

    def __init__(self, matcher: Matcher[Endpoint], steps: Sequence[Step] = ()) -> None:
        self._matcher = matcher
        self._steps = tuple(steps)

    async def answer(self, work: Work, path: str, query: bytes) -> Response:
        """The answer to ``work``'s request for the undecoded ``path``; never raises, but for cancellation."""
        try:
            if (path.endswith("/") and path != "/") or "//" in path or "\\" in path:
                return redirect_to(work, normal_path(path), query)
            for step in self._steps:
                outcome = await step(work, path)
                if isinstance(outcome, Response):
                    return outcome
                path = outcome
            match = self._matcher.match(path)
            if match is None:
                return answer_status(work, 404)
            work.endpoint, params = match
            response = await work.endpoint.respond(work, params)
            if response is None:
                return answer_status(work, 405, headers={"allow": work.endpoint.allow})
            return response
        except BadPath as error:
            return answer_status(work, 400, detail=str(error))
        except BaseException as error:
            if is_stop(error):
                raise
            return await answer_error(work, error)


def redirect_to(work: Work, path: str, query: bytes) -> Response:
    """A permanent redirect (308) to the normal form of a path, below the path that the app is mounted at."""
    target = work.request.url.base_path + path
    return Response.redirect(f"{target}?{quote(query, safe=_PRINTABLE)}" if query else target, 308)
