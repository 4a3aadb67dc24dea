"""What the client is told when answering went wrong, and what the log and ``on_request_error`` are."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import cast

from byway.http.errors import BodyError, Disconnected, ValidationError
from byway.http.response import Response
from byway.runtime.control_flow import as_control_flow
from byway.runtime.dispatch import HandlerTimeout, answer_control_flow
from byway.runtime.status_pages import status_answer
from byway.runtime.work import Work

log = logging.getLogger("byway.error")

NO_STORE = ("cache-control", "private, no-cache, no-store, max-age=0, must-revalidate")


def answer_status(
    work: Work,
    status: int,
    *,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, object] | None = None,
    as_json: bool = False,
) -> Response:
    """Byway's own answer with ``status``: a page for browsers, problem+json for clients that prefer JSON."""
    accept = "application/problem+json" if as_json else work.request.headers.get("accept")
    request_id = work.request_id if status >= 500 else None
    body, content_type = status_answer(status, accept=accept, detail=detail, request_id=request_id, extra=extra)
    return Response(body, status=status, headers=[("content-type", content_type), NO_STORE, *(headers or {}).items()])


async def answer_error(work: Work, error: BaseException) -> Response:
    """The answer to a request whose handler raised ``error``; a fault of the app is logged and reported."""
    flow = as_control_flow(error)
    if flow is not None:
        return answer_control_flow(work, flow)
    work.cookies = None
    error = _body_error(error) or error
    if isinstance(error, ValidationError):
        return answer_status(work, 422, detail=None, extra={"errors": error.faults}, as_json=True)
    if isinstance(error, BodyError):
        return answer_status(work, error.status, detail=str(error))
    if isinstance(error, Disconnected):
        log.debug("The client of %s left before its request was complete.", work.where)
        return Response(status=400)
    if isinstance(error, HandlerTimeout):
        log.error("%s Answered 504 (request %s).", error, work.request_id)
        await _report(work, error)
        return answer_status(work, 504, detail="The server took too long to answer.")
    await report_failure(work, error)
    if work.app.error_page is not None:
        body, content_type = work.app.error_page(work, error)
        return Response(body, status=500, headers=[("content-type", content_type), NO_STORE])
    return answer_status(work, 500)


async def report_failure(work: Work, error: BaseException) -> None:
    """Tell the log, and whoever else wants to know, that code of the app failed."""
    log.error("%s failed (request %s).", work.where, work.request_id, exc_info=error)
    await _report(work, error)


async def _report(work: Work, error: BaseException) -> None:
    if work.app.telemetry is not None:
        work.app.telemetry.failed(error)
    await work.app.instrumentation.report(work, error)


def _body_error(error: BaseException) -> BodyError | None:
    """The first leaf of a group whose leaves are all faults of the request's body, as a ``TaskGroup`` raises it."""
    if isinstance(error, BodyError):
        return error
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        leaves = [_body_error(leaf) for leaf in group.exceptions]
        if all(leaves):
            return leaves[0]
    return None
