"""The steps that find a route and have it answer."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from byway.http.response import Response
from byway.routing.matcher import Match, Matcher
from byway.runtime.dispatch import Endpoint, NotThisRoute
from byway.runtime.errors import answer_status
from byway.runtime.paths import PathForm
from byway.runtime.status_pages import prefers_json
from byway.runtime.steps import EverywhereAlike
from byway.runtime.work import Work


class Routes(EverywhereAlike):
    """Answers with the route of a path, when there is one."""

    __slots__ = ("_form", "_matcher", "_others")

    def __init__(self, matcher: Matcher[Endpoint], form: PathForm) -> None:
        self._matcher = matcher
        self._form = None if form.is_plain else form
        self._others: dict[tuple[Matcher[Endpoint], Endpoint], Matcher[Endpoint]] = {}

    def __call__(self, work: Work, path: str) -> str | Coroutine[Any, Any, Response | None]:
        """What the route begins to answer, which raises what the route raises; the path to go on with when there is no
        route. None for an answer is "method not allowed"; after a `NotThisRoute`, `other_answer` is the answer.

        Raises ``BadPath`` for a malformed path.
        """
        match = self._match(self._matcher, path)
        if match is None:
            work.endpoint = None
            return path
        work.endpoint, params = match
        return work.endpoint.respond(work, params)

    async def answer(self, work: Work, path: str) -> Response | str:
        """The answer, or the path to go on with. Raises ``BadPath`` for a malformed one, and what the route raises."""
        responding = self(work, path)
        if isinstance(responding, str):
            return responding
        try:
            response = await responding
        except NotThisRoute:
            return await self.other_answer(work, path)
        return not_allowed(work) if response is None else response

    async def other_answer(self, work: Work, path: str) -> Response | str:
        """The same, of the routes other than the one that was tried and was not for ``path`` after all."""
        matcher = self._matcher
        while (endpoint := work.endpoint) is not None:
            matcher = self._without(matcher, endpoint)
            match = self._match(matcher, path)
            if match is None:
                work.endpoint = None
                break
            work.endpoint, params = match
            with suppress(NotThisRoute):
                response = await work.endpoint.respond(work, params)
                return not_allowed(work) if response is None else response
        return path

    def _match(self, matcher: Matcher[Endpoint], path: str) -> Match[Endpoint] | None:
        if self._form is not None:
            located = self._form.locate(path)
            if located is None:
                return None
            path = located
        return matcher.match(path)

    def for_segment(self, first: str | None) -> Routes:
        """This, for all of them."""
        return self

    def _without(self, matcher: Matcher[Endpoint], endpoint: Endpoint) -> Matcher[Endpoint]:
        """``matcher`` without the routes of ``endpoint``; made when it is first wanted, for few apps have such."""
        key = (matcher, endpoint)
        if key not in self._others:
            self._others[key] = matcher.without(endpoint)
        return self._others[key]


def not_allowed(work: Work) -> Response:
    """The answer of a route that does not have the request's method."""
    assert work.endpoint is not None, "there is a route"
    return answer_status(work, 405, headers={"allow": work.endpoint.allow})


class NotFound(EverywhereAlike):
    """Answers 404: with ``page``, the app's own, when there is one and the client does not prefer JSON."""

    __slots__ = ("_page",)

    def __init__(self, page: Endpoint | None = None) -> None:
        self._page = page

    def __call__(self, work: Work, path: str) -> Response | Coroutine[Any, Any, Response | None]:
        """The answer."""
        if self._page is None or prefers_json(work.request.headers.get("accept")):
            return answer_status(work, 404)
        work.endpoint = self._page
        return self._page.respond(work, None)

    def for_segment(self, first: str | None) -> NotFound:
        """This, for all of them."""
        return self
