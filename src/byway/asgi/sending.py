"""Sending a `Response` as ASGI messages."""

from __future__ import annotations

import asyncio
import logging

from byway.asgi.codings import Coding
from byway.asgi.compression import MIN_SIZE, Compressor, announced_length, varying
from byway.asgi.connection import Connection
from byway.config import Message, Send
from byway.http.cookies import merge_set_cookies
from byway.http.errors import Disconnected
from byway.http.headers import RawHeaders
from byway.http.response import Response
from byway.runtime.control_flow import is_stop
from byway.runtime.dispatch import HandlerTimeout
from byway.runtime.errors import NO_STORE, answer_error
from byway.runtime.route_cache import KeptResponse
from byway.runtime.streaming import Chunks
from byway.runtime.work import TOO_LATE, Settled, Work

log = logging.getLogger("byway.asgi")

_NO_STORE = (NO_STORE[0].encode(), NO_STORE[1].encode())

# What the server decides by itself, whatever a handler says.
_SERVERS_OWN = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"})


class StreamAborted(Exception):
    """Raised to the server, which cuts the connection: the client must not take half an answer for a whole one."""


def ready(work: Work, response: Response) -> tuple[Message, Message] | None:
    """All that is sent of an answer to which no cookies are to be added, and that is too small to be compressed, nor
    stands for one that was not (304); None for any other.

    Such answers, the most frequent ones, spare the way through `send_response`.
    """
    parts = response.ready()
    if parts is None or work.cookies is not None or work.request.method == "HEAD":
        return None
    status, headers, body = parts
    if len(body) >= MIN_SIZE or status == 304:
        return None
    if (settled := work.settled) is not None:
        if not settled.is_simple:
            return None
        names = settled.names
        headers = [pair for pair in headers if pair[0] not in names] + settled.headers
    work.lock_cookies(TOO_LATE)
    return messages(status, headers, body)


def messages(status: int, headers: RawHeaders, body: bytes) -> tuple[Message, Message]:
    """All that is sent of an answer without a stream."""
    return (
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    )


async def send_response(
    work: Work, response: Response, connection: Connection, send: Send, compressor: Compressor | None
) -> bool:
    """Send ``response``, with the cookies that `cookies()` collected. Returns whether all of it was sent."""
    try:
        data, stream = response.payload()
    except TypeError as error:
        response = await answer_error(work, error)
        data, stream = response.payload()
    status = response.status
    headers = final_headers(work, response)
    work.lock_cookies(TOO_LATE)
    is_head = work.request.method == "HEAD"
    if stream is not None:
        chunks = Chunks(work, stream)
        if not is_head:
            return await _send_stream(work, response, chunks, headers, connection, send, compressor)
        await chunks.aclose()
    elif data is not None or not is_head:
        if compressor is not None and data is not None:
            headers, data = await compressor.whole(connection.scope, status, headers, data)
        headers = [pair for pair in headers if pair[0] != b"content-length"]
        if status != 204 and status != 304:
            headers.append((b"content-length", b"%d" % len(data or b"")))
    if compressor is not None and status == 304:
        headers = varying(headers)  # as its 200 does, if that is compressed; it no longer tells its type
    elif compressor is not None and (stream is not None or (data is None and announced_length(headers) is not None)):
        # Only HEAD comes here without a body at hand: its headers are those that the body would be sent with.
        headers, _ = compressor.stream(connection.scope, status, headers)
    start, body = messages(status, headers, b"" if is_head else data or b"")
    await send(start)
    connection.status = status
    await send(body)
    return True


def final_headers(work: Work, response: Response) -> RawHeaders:
    """The headers of ``response`` without those that are the server's own, and with what was set on the way to it."""
    headers = [pair for pair in response.raw_headers() if pair[0] not in _SERVERS_OWN]
    if work.cookies is not None:
        headers = _with_cookies(headers, work.cookies.changes())
    if work.settled is not None:
        headers = _with_settled(work, response.status, headers, work.settled)
    if type(response) is KeptResponse and any(name == b"set-cookie" for name, _ in headers):
        # The proxy's cookie is for one client, though the answer is for everyone.
        headers = [pair for pair in headers if pair[0] != b"cache-control"] + [_NO_STORE]
    return headers


def _with_cookies(headers: RawHeaders, changes: list[str]) -> RawHeaders:
    own = [value.decode("latin-1") for name, value in headers if name == b"set-cookie"]
    lines = merge_set_cookies(own, changes)
    others = [pair for pair in headers if pair[0] != b"set-cookie"]
    return [*others, *((b"set-cookie", line.encode("latin-1")) for line in lines)]


def _with_settled(work: Work, status: int, headers: RawHeaders, settled: Settled) -> RawHeaders:
    """``headers`` and those that were settled before the answer was made: these win, but for those that add up."""
    if settled.is_simple:
        return [pair for pair in headers if pair[0] not in settled.names] + settled.headers
    names, added = settled.names, settled.headers
    if b"cache-control" in names and (work.is_draft or (status >= 400 and _NO_STORE in headers)):
        # A draft, and what says what went wrong, are not kept, however long answers at this path are.
        names -= {b"cache-control"}
        added = [pair for pair in added if pair[0] != b"cache-control"]
    kept = [pair for pair in headers if pair[0] not in names]
    kept += [pair for pair in added if pair[0] != b"set-cookie"]
    return _with_cookies(kept, [value.decode("latin-1") for name, value in added if name == b"set-cookie"])


async def _send_stream(
    work: Work,
    response: Response,
    chunks: Chunks,
    headers: RawHeaders,
    connection: Connection,
    send: Send,
    compressor: Compressor | None,
) -> bool:
    """Send a stream chunk by chunk, as fast as the client takes it; it is closed when the client leaves.

    The answer begins with the first chunk: what goes wrong before it can still be answered properly. Returns
    whether all of it was sent.
    """
    task = asyncio.current_task()
    left = False
    streaming = True

    def leave() -> None:
        nonlocal left
        left = True
        if streaming and task is not None:
            task.cancel()

    connection.on_leave(leave)
    coding: Coding | None = None
    if compressor is not None:
        headers, coding = compressor.stream(connection.scope, response.status, headers)
    packing = coding.stream() if coding is not None else None
    start: Message | None = {"type": "http.response.start", "status": response.status, "headers": headers}
    failure: BaseException | None = None
    timer = asyncio.timeout_at(work.deadline)
    try:
        async with timer:
            async for chunk in chunks:
                if left:
                    break
                if start is not None:
                    await send(start)
                    connection.status = response.status
                    start = None
                data = chunk if packing is None else packing.chunk(chunk)
                await send({"type": "http.response.body", "body": data, "more_body": True})
    except BaseException as error:
        if left and isinstance(error, asyncio.CancelledError):
            if task is not None:
                task.uncancel()
        elif is_stop(error):
            raise
        elif isinstance(error, Disconnected):
            left = True  # The stream was made of the request's body, which ended with its client.
        elif timer.expired():
            failure = HandlerTimeout(f"{work.where} took longer than max_duration = {work.max_duration} seconds.")
        else:
            failure = error
    finally:
        streaming = False
        await chunks.aclose()
    if left:
        log.debug("The client of %s left before it had the whole stream.", work.where)
    if failure is None:
        if start is not None:
            await send(start)
            connection.status = response.status
        await send({"type": "http.response.body", "body": b"" if packing is None else packing.end()})
        return not left
    if start is not None:
        return await send_response(work, await answer_error(work, failure), connection, send, compressor)
    log.error(
        "The stream of %s failed after its answer had begun (request %s).",
        work.where,
        work.request_id,
        exc_info=failure,
    )
    await work.app.instrumentation.report(work, failure)
    raise StreamAborted(f"The stream of {work.where} failed: the connection is cut.")
