"""The way of a request through an app, from its path to its answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import quote

from byway.http.response import Response
from byway.routing.matcher import BadPath, Matcher
from byway.runtime.control_flow import is_stop
from byway.runtime.dispatch import Endpoint, NotThisRoute
from byway.runtime.errors import answer_error, answer_status
from byway.runtime.work import Work

# What a query keeps as it is; bytes beyond ASCII, which no client should send, are percent-encoded.
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_SLASHES = re.compile(r"[/\\]+")
_DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?:/|\Z)", re.IGNORECASE)


def is_normal(path: str) -> bool:
    """Whether ``path`` is in its normal form: see `normal_path`."""
    if (path[-1] == "/" and path != "/") or "//" in path or "\\" in path:
        return False
    return not (("/." in path or "%" in path) and _DOT_SEGMENT.search(path))


def normal_path(path: str) -> str:
    """``path`` without repeated slashes, backslashes, dot segments and a slash at its end.

    Dot segments (``..``, ``%2e``) are resolved as a browser does before it asks: otherwise a route would match one
    path while ``request.url`` shows another.
    """
    pieces: list[str] = []
    for piece in _SLASHES.split(path):
        dots = piece.lower().replace("%2e", ".")
        if dots == "..":
            del pieces[-1:]
        elif dots not in ("", "."):
            pieces.append(piece)
    return "/" + "/".join(pieces)


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

    __slots__ = ("_matcher", "_others", "_steps")

    def __init__(self, matcher: Matcher[Endpoint], steps: Sequence[Step] = ()) -> None:
        self._matcher = matcher
        self._steps = tuple(steps)
        self._others: dict[tuple[Matcher[Endpoint], Endpoint], Matcher[Endpoint]] = {}

    async def answer(self, work: Work, path: str, query: bytes) -> Response:
        """The answer to ``work``'s request for the undecoded ``path``; never raises, but for cancellation."""
        try:
            if path[0] != "/":
                return answer_status(work, 400, detail="The path of a request begins with a slash.")
            if not is_normal(path):
                return redirect_to(work, normal_path(path), query)
            for step in self._steps:
                outcome = await step(work, path)
                if isinstance(outcome, Response):
                    return outcome
                path = outcome
            matcher = self._matcher
            while True:
                match = matcher.match(path)
                if match is None:
                    work.endpoint = None
                    return answer_status(work, 404)
                work.endpoint, params = match
                try:
                    response = await work.endpoint.respond(work, params)
                except NotThisRoute:
                    matcher = self._without(matcher, work.endpoint)
                    continue
                if response is None:
                    return answer_status(work, 405, headers={"allow": work.endpoint.allow})
                return response
        except BadPath as error:
            return answer_status(work, 400, detail=str(error))
        except BaseException as error:
            if is_stop(error):
                raise
            return await answer_error(work, error)

    def _without(self, matcher: Matcher[Endpoint], endpoint: Endpoint) -> Matcher[Endpoint]:
        """``matcher`` without the routes of ``endpoint``; made when it is first wanted, for few apps have such."""
        key = (matcher, endpoint)
        if key not in self._others:
            self._others[key] = matcher.without(endpoint)
        return self._others[key]


def redirect_to(work: Work, path: str, query: bytes) -> Response:
    """A permanent redirect (308) to the normal form of a path, below the path that the app is mounted at."""
    target = work.request.url.base_path + path
    return Response.redirect(f"{target}?{quote(query, safe=_PRINTABLE)}" if query else target, 308)
