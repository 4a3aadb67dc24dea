"""Answering with a file of ``pages/api``: its handler is given a request and a response to fill in.

The handler runs in a task of its own, for it may go on after its answer, and the answer may come after its end
(``external_resolver``). The request waits until the answer has begun, or can come no more.

Implements the Pages Router's API routes of the Next.js documents.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from byway.http.abort import unless_aborted
from byway.http.errors import Disconnected
from byway.http.response import Response
from byway.http.url import URL
from byway.pages_api.body import RefusedBody, parse_body, read_limited
from byway.pages_api.config import ApiConfig
from byway.pages_api.exchange import Answer
from byway.pages_api.outbox import is_running
from byway.pages_api.request import ApiRequest
from byway.pages_api.response import ApiResponse
from byway.runtime.control_flow import is_stop
from byway.runtime.dispatch import METHODS, HandlerTimeout, in_thread, in_time
from byway.runtime.draft import DraftMode
from byway.runtime.errors import answer_error
from byway.runtime.on_demand import revalidate
from byway.runtime.route_cache import ABOUT_BODY, is_not_modified
from byway.runtime.segment import SegmentConfig
from byway.runtime.work import TOO_LATE, Work

log = logging.getLogger("byway.api")

#: Seconds that somebody else may take to answer, when the file sets no ``max_duration``.
EXTERNAL_TIME = 60.0

# What a handler has set about its own answer says nothing about that of an error.
_ABOUT_ANSWER = ABOUT_BODY | {b"cache-control", b"etag", b"last-modified", b"location", b"transfer-encoding"}


class ApiHandler(NamedTuple):
    """The function of a file."""

    function: Callable[..., Any]
    is_async: bool


class ApiEndpoint:
    """The handler of one file in ``pages/api``."""

    __slots__ = ("config", "file", "handler", "options", "pattern")

    #: Every method reaches the handler.
    methods = ("ANY",)
    allow = ", ".join(METHODS)
    #: What ``on_request_error`` is told.
    router_kind = "Pages Router"

    def __init__(self, pattern: str, file: str, handler: ApiHandler, options: ApiConfig) -> None:
        self.pattern = pattern
        self.file = file
        self.handler = handler
        self.options = options
        self.config = SegmentConfig(max_duration=options.max_duration, preferred_region=options.regions)

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response:
        """The handler's answer. Raises what reading the body raises."""
        request = work.request
        try:
            body = await self._read_body(work)
        except RefusedBody as refused:
            return Response(refused.text.encode(), status=refused.status)
        exchange = _Exchange(self, work)
        is_parsed = self.options.body_limit is not None
        req = ApiRequest(request, params, body, is_parsed=is_parsed, is_draft=lambda: work.is_draft)
        return await exchange.run(req)

    async def _read_body(self, work: Work) -> Any:
        limit = self.options.body_limit
        if limit is None:
            return None
        headers = work.request.headers
        data = await read_limited(work.request.body, headers.get("content-length"), limit)
        return parse_body(data, headers.get("content-type"), work.app.limits.max_form_parts)


class _Exchange:
    """One request, its handler, and the answer that comes of them."""

    __slots__ = ("_answered", "_began", "_endpoint", "_failure", "_res", "_work", "loop")

    def __init__(self, endpoint: ApiEndpoint, work: Work) -> None:
        self.loop = asyncio.get_running_loop()
        self._endpoint = endpoint
        self._work = work
        self._res: ApiResponse[Any] = ApiResponse(self)
        self._began: asyncio.Future[None] = self.loop.create_future()
        # Only where something other than the handler may answer does anybody wait for the end.
        self._answered = asyncio.Event() if endpoint.options.external_resolver else None
        self._failure: BaseException | None = None

    async def run(self, req: ApiRequest) -> Response:
        """Run the handler; its answer as soon as it has begun, while the handler may go on."""
        work = self._work
        task = work.app.background.start_now(self._handle(req))
        if not self._began.done():
            try:
                await self._began
            except asyncio.CancelledError:
                task.cancel()
                raise
        if self._failure is not None:
            return await self._answer_failure(self._failure)
        answer = self._res.answer
        assert answer is not None, "it has begun"
        return self._respond(answer)

    def _respond(self, answer: Answer) -> Response:
        status, headers, body, stream = answer
        if stream is not None:
            response = Response(stream, status=status)
            response.headers.raw.extend(headers)
            return response
        request = self._work.request
        if request.method in ("GET", "HEAD") and 200 <= status <= 299 and is_not_modified(request, headers):
            return Response.from_raw(304, [pair for pair in headers if pair[0] not in ABOUT_BODY], None)
        return Response.from_raw(status, headers, body)

    async def _answer_failure(self, error: BaseException) -> Response:
        """The answer when there is none of the handler's: as for any route, with the headers that it has set."""
        response = await answer_error(self._work, error)
        response.headers.raw.extend(pair for pair in self._res.raw_headers if pair[0] not in _ABOUT_ANSWER)
        return response

    async def _handle(self, req: ApiRequest) -> None:
        """Run the handler to its end; what is wrong then goes to the client or into the log."""
        limit = self._endpoint.config.max_duration
        handling = self._until_answered(req)
        try:
            if limit is None:
                await handling
            else:
                await in_time(self._work, limit, self._endpoint.file, handling)
        except BaseException as error:
            if is_stop(error):
                self._fail(error, "the server stops.")
                raise
            was_complete, work = self._res.is_over, self._work
            if self._fail(error, f"{self.where} {_end_of(error)}"):
                return
            if not was_complete and isinstance(error, (Disconnected, HandlerTimeout)):
                log.debug("%s was given up: its stream was closed before it had ended.", work.where)
                return
            log.error("%s failed after its answer (request %s).", work.where, work.request_id, exc_info=error)
            await work.app.instrumentation.report(work, error)

    async def _until_answered(self, req: ApiRequest) -> None:
        work, endpoint = self._work, self._endpoint
        handler = endpoint.handler
        if handler.is_async:
            value = await handler.function(req, self._res)
        else:
            value = await in_thread(work, handler.function, (req, self._res))
        if self._res.is_over:
            return
        answered = self._answered
        if answered is None:
            raise RuntimeError(_no_answer(value, self.where, has_begun=self._res.headers_sent))
        if self._res.headers_sent or endpoint.config.max_duration is not None:
            await unless_aborted(answered.wait, work.request.signal)
            return
        timer = asyncio.timeout(EXTERNAL_TIME)
        try:
            async with timer:
                await unless_aborted(answered.wait, work.request.signal)
        except TimeoutError:
            raise HandlerTimeout(
                f"{work.where} was not answered within {EXTERNAL_TIME:g} seconds ({endpoint.file}); "
                'config = {"max_duration": …} sets this limit.'
            ) from None

    def _fail(self, error: BaseException, why: str) -> bool:
        """Give up waiting for the handler's answer; False when nobody waits for it."""
        if not self._res.give_up(why, error):
            return False
        if not self._began.done():
            self._failure = error
            self._began.set_result(None)
        return True

    # What the response asks for

    @property
    def is_head(self) -> bool:
        return self._work.request.method == "HEAD"

    @property
    def where(self) -> str:
        return f"the handler in {self._endpoint.file}"

    def began(self) -> None:
        self._work.lock_cookies(TOO_LATE)
        self._on_loop(self._set_began)

    def ended(self, size: int) -> None:
        limit = self._endpoint.options.response_limit
        if limit is not None and size > limit.size:
            log.warning(
                "%s: the answer of %s bytes is larger than response_limit = %s. API routes are meant to answer "
                'quickly; config = {"api": {"response_limit": False}} in %s turns this warning off.',
                self._work.where,
                f"{size:,}",
                limit.shown,
                self._endpoint.file,
            )
        if self._answered is not None:
            self._on_loop(self._answered.set)

    def warn(self, message: str) -> None:
        log.warning("%s: %s (%s).", self._work.where, message, self._endpoint.file)

    def wait(self, awaitable: Awaitable[None]) -> None:
        self._work.app.threads.wait_for(awaitable, self.loop)

    def set_draft_mode(self, *, is_on: bool) -> None:
        mode = DraftMode(self._work)
        mode.enable() if is_on else mode.disable()

    async def revalidate(self, path: str | URL) -> None:
        await revalidate(self._work, path)

    def _on_loop(self, function: Callable[[], object]) -> None:
        if is_running(self.loop):
            function()
        else:
            self.loop.call_soon_threadsafe(function)

    def _set_began(self) -> None:
        if not self._began.done():
            self._began.set_result(None)


def _end_of(error: BaseException) -> str:
    if isinstance(error, HandlerTimeout):
        return "took too long, and the request was answered without it."
    return "had failed, and the request was answered without it."


def _no_answer(value: object, where: str, *, has_begun: bool) -> str:
    """Why a request is left without an answer, and what to do about it."""
    if has_begun:
        return f"The answer was not completed: {where} returned after res.write(…) without calling res.end()."
    if isinstance(value, Response):
        return (
            f"Nothing was answered: {where} returned a Response, which is not sent. In pages/api an answer is given "
            "with res: by res.json(…) or res.send(…)."
        )
    return (
        f"Nothing was answered: {where} returned without calling res.json(…), res.send(…), res.redirect(…) or "
        'res.end(). When something else answers later, write `config = {"api": {"external_resolver": True}}`.'
    )
