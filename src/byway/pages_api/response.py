"""`ApiResponse`: the ``res`` of a handler in ``pages/api``."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterable, Awaitable, Generator, Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Generic, Self, cast, overload

from byway.http.body import Stream, to_bytes
from byway.http.headers import RawHeaders, encode_name, encode_value
from byway.http.json import encode
from byway.http.response import REDIRECT_STATUSES, location
from byway.http.text import utf8_encode
from byway.http.url import URL
from byway.pages_api.exchange import Answer, Exchange
from byway.pages_api.outbox import Outbox, is_running

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    T = TypeVar("T", default=Any)
else:
    from typing import TypeVar

    T = TypeVar("T")

_JSON = b"application/json; charset=utf-8"
_BYTES = b"application/octet-stream"
# Statuses whose answers have no body.
NO_BODY: Final = frozenset({204, 205, 304})
_ABOUT_BODY = (b"content-type", b"content-length", b"transfer-encoding")

HeaderValue = str | int | float | list[str] | tuple[str, ...]


class ApiResponse(Generic[T]):
    """The answer to a request, filled in step by step; ``T`` is what `json` and `send` take.

    It is complete with `json`, `send`, `redirect` or `end`, none of which is awaited. Its methods may be called from
    any thread; an answer is given once.

    Implements ``NextApiResponse`` of the Next.js documents.
    """

    __slots__ = (
        "_answer",
        "_by",
        "_exchange",
        "_headers",
        "_is_over",
        "_lock",
        "_outbox",
        "_refusal",
        "_size",
        "_status",
    )

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._status = 200
        self._headers: dict[bytes, list[bytes]] = {}
        self._lock = threading.Lock()
        # Guards all that follows.
        self._answer: Answer | None = None
        self._outbox: Outbox | None = None
        self._is_over = False
        self._by = ""
        self._refusal: str | None = None
        self._size = 0

    # Status and headers

    @property
    def status_code(self) -> int:
        """The status: a whole number from 200 to 599; another one raises ``ValueError``."""
        return self._status

    @status_code.setter
    def status_code(self, code: int) -> None:
        self._check_unsent("res.status_code")
        self._status = _checked_status(code)

    def status(self, code: int) -> Self:
        """Set the status. Raises ``ValueError`` for anything but a whole number from 200 to 599."""
        self._check_unsent("res.status()")
        self._status = _checked_status(code)
        return self

    def set_header(self, name: str, value: HeaderValue) -> Self:
        """Make ``value`` the only value of ``name``; each ``str`` of a list is sent as a header of its own.

        Raises ``ValueError`` or ``TypeError`` for what no header can hold, ``RuntimeError`` when they are sent already.
        """
        self._check_unsent("res.set_header()")
        self._headers[encode_name(name)] = _header_values(name, value)
        return self

    def append_header(self, name: str, value: HeaderValue) -> Self:
        """Add ``value`` to those of ``name``. Raises what `set_header` raises."""
        self._check_unsent("res.append_header()")
        self._headers.setdefault(encode_name(name), []).extend(_header_values(name, value))
        return self

    def remove_header(self, name: str) -> Self:
        """Remove every value of ``name``. Raises ``RuntimeError`` when they are sent already."""
        self._check_unsent("res.remove_header()")
        self._headers.pop(encode_name(name), None)
        return self

    def get_header(self, name: str) -> str | list[str] | None:
        """The value of ``name``, a list of them when there are several, None when there is none."""
        values = [value.decode("latin-1") for value in self._headers.get(encode_name(name), ())]
        return values if len(values) > 1 else values[0] if values else None

    @property
    def headers_sent(self) -> bool:
        """Whether status and headers are settled, because the answer has begun."""
        return self._answer is not None

    # The body

    def json(self, body: T) -> None:
        """Answer with ``body`` as JSON, and an ``ETag``; writes what ``Response.json`` writes.

        Raises ``TypeError`` for what cannot be written as JSON, ``RuntimeError`` when there is an answer already.
        """
        data = encode(body)
        self._check_unsent("res.json()")
        self._headers[b"content-type"] = [_JSON]
        self._tag(data)
        self._complete("res.json()", data)

    def send(self, body: T) -> None:
        """Answer with ``body``: text, bytes, or anything else as JSON; None is an empty answer.

        Text has no content type unless one is set, bytes ``application/octet-stream``. These three have an ``ETag``. An
        iterator of ``str`` or bytes is streamed. Raises what `json` raises.
        """
        given: object = body
        match given:
            case None:
                self._complete("res.send()", None)
            case str() | bytes() | bytearray() | memoryview():
                data = utf8_encode(given) if isinstance(given, str) else bytes(cast("bytes", given))
                self._check_unsent("res.send()")
                if not isinstance(given, str):
                    self._headers.setdefault(b"content-type", [_BYTES])
                self._tag(data)
                self._complete("res.send()", data)
            case Iterator() | AsyncIterable():
                self._check_unsent("res.send()")
                self._headers.setdefault(b"content-type", [_BYTES])
                self._complete("res.send()", None, cast("Stream", given))
            case _:
                self.json(body)

    @overload
    def redirect(self, url: str | URL, /) -> None: ...
    @overload
    def redirect(self, status: int, url: str | URL, /) -> None: ...
    def redirect(self, *arguments: Any) -> None:
        """Redirect to a path or URL: ``res.redirect("/login")`` (307), ``res.redirect(303, "/done")``.

        Raises ``TypeError`` for other arguments, ``ValueError`` for an empty URL and for another status than 301, 302,
        303, 307 and 308, ``RuntimeError`` when there is an answer already.
        """
        status, url = (307, *arguments) if len(arguments) == 1 else arguments if len(arguments) == 2 else (None, None)
        if not isinstance(status, int) or not isinstance(url, (str, URL)):
            raise TypeError(
                'res.redirect() takes a URL, or a status and a URL: res.redirect("/destination") or '
                'res.redirect(307, "/destination").'
            )
        if status not in REDIRECT_STATUSES:
            raise ValueError(f"res.redirect({status!r}, …): a redirect's status is 301, 302, 303, 307 or 308.")
        target = location(url)
        self._check_unsent("res.redirect()")
        self._status = status
        self._headers[b"location"] = [target.encode("ascii")]
        self._complete("res.redirect()", None)

    def write(self, chunk: str | bytes) -> Awaitable[None]:
        """Send ``chunk``; the first one settles status and headers.

        ``await res.write(…)`` waits for a client that is slow; in a ``def`` handler, `write` itself does. Without
        either, what piles up is bounded. Raises ``RuntimeError`` when the answer is complete, ``Disconnected`` when the
        client has left, and ``BufferError`` when too much has piled up.
        """
        data = _bytes("res.write()", chunk)
        with self._lock:
            self._check_open("res.write()")
            is_first = self._answer is None
            if is_first:
                self._begin_stream()
            outbox = self._outbox
            if outbox is not None and data:
                outbox.put(data)
            self._size += len(data)
        if is_first:
            self._exchange.began()
        if outbox is None or outbox.has_room:
            return _DONE
        exchange = self._exchange
        if _runs_a_loop():
            return _Written(outbox, exchange.loop)
        exchange.wait(outbox.drained())
        return _DONE

    def end(self, chunk: str | bytes | None = None) -> None:
        """Complete the answer, with ``chunk`` as the last of its body.

        Nothing happens when it is complete and ``chunk`` is None. Raises what `write` raises.
        """
        data = None if chunk is None else _bytes("res.end()", chunk)
        with self._lock:
            if self._is_over and data is None and self._refusal is None:
                return
            self._check_open("res.end()")
            is_streaming = self._answer is not None
            if is_streaming:
                if self._outbox is not None:
                    if data:
                        self._outbox.put(data)
                    self._outbox.end()
                self._size += len(data or b"")
                self._is_over, self._by = True, "res.end()"
        if is_streaming:
            self._exchange.ended(self._size)
        else:
            self._complete("res.end()", data)

    # Byway's own

    def set_draft_mode(self, *, enable: bool) -> Self:
        """Enter draft mode, or leave it: see `draft_mode` in ``byway.headers``.

        Raises ``RuntimeError`` when the answer has begun.
        """
        self._check_unsent("res.set_draft_mode()")
        self._exchange.set_draft_mode(is_on=enable)
        return self

    def revalidate(self, path: str | URL) -> Awaitable[None]:
        """Make the kept answer at ``path`` anew; one that is not kept needs nothing.

        ``await res.revalidate(…)`` waits until it is there; in a ``def`` handler, `revalidate` itself does. Raises
        ``ValueError`` when ``path`` is not the path of one URL, ``RuntimeError`` when there is no route or its handler
        fails; then the old answer stays.
        """
        renewal = self._exchange.revalidate(path)
        if _runs_a_loop():
            return renewal
        self._exchange.wait(renewal)
        return _DONE

    # What the server asks

    @property
    def answer(self) -> Answer | None:
        """What is to be sent, once the answer has begun."""
        return self._answer

    @property
    def is_over(self) -> bool:
        """Whether the answer is complete, or given up."""
        return self._is_over

    @property
    def raw_headers(self) -> RawHeaders:
        """The headers that are set."""
        return [(name, value) for name, values in self._headers.items() for value in values]

    def give_up(self, why: str, error: BaseException) -> bool:
        """Nothing is to come from the handler any more: what it still says raises ``RuntimeError`` with ``why``.

        A stream that is not complete fails with ``error``. Returns False when nobody would hear of that: the answer is
        complete, or the client has left.
        """
        with self._lock:
            if self._is_over:
                return False
            self._is_over = True
            self._refusal = why
            outbox, has_begun = self._outbox, self._answer is not None
        return outbox.fail(error) if outbox is not None else not has_begun

    def _begin_stream(self) -> None:
        """Settle the answer as one that is written piece by piece. With the lock held."""
        headers = self.raw_headers
        if self._status in NO_BODY:
            headers = _without_body(headers)
            self._exchange.warn(f"what is written to an answer with the status {self._status} is not sent")
        elif not self._exchange.is_head:
            self._outbox = Outbox(self._exchange.loop, _announced(headers))
        self._answer = Answer(self._status, headers, None, self._outbox)

    def _complete(self, caller: str, data: bytes | None, stream: Stream | None = None) -> None:
        headers = self.raw_headers
        if self._status in NO_BODY:
            if data or stream is not None:
                self._exchange.warn(f"the body of an answer with the status {self._status} is not sent")
            headers, data, stream = _without_body(headers), None, None
        with self._lock:
            self._check_begun(caller)
            self._answer = Answer(self._status, headers, data, stream)
            self._is_over, self._by = True, caller
            self._size = len(data or b"")
        self._exchange.began()
        self._exchange.ended(self._size)

    def _tag(self, data: bytes) -> None:
        """Give the answer an ``ETag`` unless it has one."""
        if self._status not in NO_BODY and b"etag" not in self._headers:
            self._headers[b"etag"] = [b'"%s"' % hashlib.blake2b(data, digest_size=12).hexdigest().encode()]

    def _check_unsent(self, caller: str) -> None:
        if self._answer is not None or self._is_over:
            self._check_begun(caller)

    def _check_begun(self, caller: str) -> None:
        self._check_open(caller)
        if self._answer is not None:
            raise RuntimeError(
                f"{caller} was called after {self._exchange.where} had begun its answer with res.write(): status and "
                "headers are sent with the first chunk."
            )

    def _check_open(self, caller: str) -> None:
        if self._refusal is not None:
            raise RuntimeError(f"{caller} was called too late: {self._refusal}")
        if self._is_over:
            raise RuntimeError(
                f"{caller} was called after {self._exchange.where} had answered with {self._by}: a request is answered "
                "once. Is a `return` missing?"
            )

    def __repr__(self) -> str:
        return f"<ApiResponse {self._status}{' sent' if self.headers_sent else ''}>"


class _Written:
    """What `ApiResponse.write` returns: awaiting it waits for the client."""

    __slots__ = ("_loop", "_outbox")

    def __init__(self, outbox: Outbox, loop: asyncio.AbstractEventLoop) -> None:
        self._outbox = outbox
        self._loop = loop

    def __await__(self) -> Generator[Any, None, None]:
        if is_running(self._loop):
            return self._outbox.drained().__await__()
        # A thread may run a loop of its own.
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._outbox.drained(), self._loop)).__await__()


class _Done:
    """Nothing to wait for."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


_DONE = _Done()


def _runs_a_loop() -> bool:
    """Whether an event loop runs in the calling thread, so that it must not block."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _bytes(caller: str, chunk: object) -> bytes:
    if not isinstance(chunk, (str, bytes, bytearray, memoryview)):
        raise TypeError(f"{caller} takes str or bytes, not {type(chunk).__name__}. For data there is res.json().")
    return to_bytes(chunk)  # pyright: ignore[reportUnknownArgumentType]


def _checked_status(code: int) -> int:
    if not isinstance(code, int) or isinstance(code, bool) or not 200 <= code <= 599:  # pyright: ignore[reportUnnecessaryIsInstance]
        shown = repr(code.value) if isinstance(code, HTTPStatus) else repr(code)
        raise ValueError(f"{shown} is no status to answer with: give a whole number from 200 to 599.")
    return int(code)


def _header_values(name: str, value: HeaderValue) -> list[bytes]:
    values: Iterable[object] = value if isinstance(value, (list, tuple)) else (value,)
    encoded = [encode_value(name, _text(one)) for one in values]
    if name.lower() == "content-length" and not (len(encoded) == 1 and encoded[0].isdigit()):
        raise ValueError(f"The value of header 'content-length' is {value!r}: give one whole number of bytes.")
    return encoded


def _text(value: object) -> str:
    """``value`` as a header shows it; `encode_value` refuses what is neither text nor a number."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else cast("str", value)


def _announced(headers: RawHeaders) -> int | None:
    """The ``Content-Length`` that a handler has set for what it is about to write."""
    lengths = {value for name, value in headers if name == b"content-length"}
    if len(lengths) > 1:
        raise ValueError("The header 'content-length' has several values: an answer has one length.")
    return int(lengths.pop()) if lengths else None


def _without_body(headers: RawHeaders) -> RawHeaders:
    return [pair for pair in headers if pair[0] not in _ABOUT_BODY]
