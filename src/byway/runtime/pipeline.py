"""The way of a request through an app, from its path to its answer."""

from __future__ import annotations

from collections.abc import Sequence
from types import CoroutineType
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote

from byway.http.response import Response
from byway.routing.by_segment import BySegment
from byway.routing.matcher import BadPath, Matcher
from byway.routing.patterns import is_canonical
from byway.routing.rules import Rules
from byway.routing.segments import Segment
from byway.runtime.control_flow import is_stop
from byway.runtime.dispatch import Endpoint, NotThisRoute
from byway.runtime.errors import answer_error, answer_status
from byway.runtime.paths import PathForm, is_normal
from byway.runtime.proxy import Proxy
from byway.runtime.reverse_proxy import ReverseProxy
from byway.runtime.routes import NotFound, Routes, not_allowed
from byway.runtime.rules import AddHeaders, Redirects, Rewrite
from byway.runtime.steps import Step
from byway.runtime.work import Params, Work

# What a query keeps as it is; bytes beyond ASCII, which no client should send, are percent-encoded.
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))

_COROUTINE: type[Any] = CoroutineType

Place: TypeAlias = tuple[Sequence[Segment], Endpoint]
#: Steps with their numbers.
Steps: TypeAlias = tuple[tuple[int, Step], ...]


class Answerer(Protocol):
    """What an `App` answers requests with."""

    async def answer(self, work: Work, path: str, query: bytes) -> Response:
        """The answer to ``work``'s request for the undecoded ``path``; never raises, but for cancellation."""
        ...

    def varies(self, path: str) -> bool:
        """Whether requests for ``path`` may be answered by different routes, or with different headers put on."""
        ...


def steps(
    places: Sequence[Place],
    rules: Rules,
    proxy: Proxy | None,
    upstream: ReverseProxy,
    form: PathForm,
    own: Sequence[Place] = (),
    not_found: Endpoint | None = None,
) -> list[Step]:
    """The steps of every request, in their order, which is that of the Next.js documents.

    A step that has nothing to do in this app is not there. ``own`` are the server's own places, which the app neither
    sees nor changes; ``not_found`` is the app's page for URLs without a route.
    """
    before_files, after_files, fallback = rules.rewrites
    routes = Routes(Matcher(places, Params), form)
    # Files of public/, and routes without parameters.
    files = Routes(Matcher([place for place in places if not _has_params(place)], Params), form)
    in_order: list[tuple[object, Step | None]] = [
        (own, Routes(Matcher(own, Params), form)),
        (rules.headers, AddHeaders(rules.headers)),
        (rules.redirects, Redirects(rules.redirects, form)),
        (proxy, proxy),
        (before_files, Rewrite(before_files, form, upstream)),
        (after_files, Rewrite(after_files, form, upstream, routes, unless=files)),
        (True, routes),
        (fallback, Rewrite(fallback, form, upstream, routes)),
        (True, NotFound(not_found)),
    ]
    return [step for is_needed, step in in_order if is_needed and step is not None]


def _has_params(place: Place) -> bool:
    return any(segment.is_param for segment in place[0])


class Pipeline:
    """Takes a request through ``steps``, once its path has the app's ``form``. What is raised becomes an answer.

    Which steps there are for a path is found by its first segment: a request does not pay for what is for others.
    """

    __slots__ = ("_all", "_by_segment", "_form", "_is_plain")

    def __init__(self, steps: Sequence[Step], form: PathForm) -> None:
        self._form = form
        self._is_plain = form.is_plain
        self._all: Steps = tuple(enumerate(steps))
        firsts = frozenset[str]().union(*(step.firsts for step in steps))
        by_segment = BySegment(firsts, self._for_segment, form.base_path)
        self._by_segment = by_segment if firsts else None

    async def answer(self, work: Work, path: str, query: bytes) -> Response:
        """The answer to ``work``'s request for the undecoded ``path``; never raises, but for cancellation."""
        try:
            if path[0] != "/":
                return answer_status(work, 400, detail="The path of a request begins with a slash.")
            if not (self._is_plain and is_normal(path)) and (right := self._form.redirected(path)) is not None:
                return self._redirect(work, path, right, query)
            done = -1
            while True:
                for number, step in self._all if self._by_segment is None else self._steps_for(path):
                    if number <= done:
                        continue
                    outcome: Any = step(work, path)
                    if outcome is path:
                        continue
                    # It mostly is one, which is quicker to find out than what it is not.
                    if isinstance(outcome, _COROUTINE):
                        try:
                            outcome = await outcome
                        except NotThisRoute:
                            assert isinstance(step, Routes), "only routes raise it"
                            outcome = await step.other_answer(work, path)
                        if outcome is path:
                            continue
                        if outcome is None:
                            return not_allowed(work)
                    if isinstance(outcome, Response):
                        return outcome
                    path, done = outcome, number
                    break  # and go on with the steps for the new path
        except BadPath as error:
            return answer_status(work, 400, detail=str(error))
        except BaseException as error:
            if is_stop(error):
                raise
            return await answer_error(work, error)

    def varies(self, path: str) -> bool:
        """Whether requests for ``path`` may be answered by different routes, or with different headers put on."""
        return any(step.varies(path) for _, step in self._all)

    def _steps_for(self, path: str) -> Steps:
        """The steps for ``path``. In one that is not canonical the first segment may be hidden."""
        assert self._by_segment is not None, "otherwise all steps are for every path"
        return self._by_segment.at(path) if is_canonical(path) else self._all

    def _for_segment(self, first: str | None) -> Steps:
        narrowed = [(number, step.for_segment(first)) for number, step in self._all]
        return tuple((number, step) for number, step in narrowed if step is not None)

    def _redirect(self, work: Work, path: str, right: str, query: bytes) -> Response:
        """A permanent redirect (308) to the ``right`` form of ``path``, below where the app is mounted."""
        target = self._form.mount(work.request.url, path) + right
        return Response.redirect(f"{target}?{quote(query, safe=_PRINTABLE)}" if query else target, 308)
