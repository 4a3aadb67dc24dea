"""The two ways on which recorded cases reach a server: over a socket, and in process, straight into an ASGI app."""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from .replay import Answer, Request

Message: TypeAlias = MutableMapping[str, Any]
ASGIApp: TypeAlias = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]

_CHUNK = 65536


class OverSocket:
    """Sends requests to the server at ``base``, such as ``http://127.0.0.1:3000``, each on a connection of its own."""

    def __init__(self, base: str) -> None:
        url = urlsplit(base)
        self._host, self._port = url.hostname or "", url.port or 80

    def send(self, request: Request) -> Answer:
        """Send ``request``, wait for the whole answer. Raises ``OSError`` or ``HTTPException`` when there is none."""
        names = {name.lower() for name, _ in request.headers}
        connection = http.client.HTTPConnection(self._host, self._port, timeout=request.timeout)
        started = time.monotonic()
        try:
            connection.putrequest(request.method, request.path, skip_host="host" in names, skip_accept_encoding=True)
            for name, value in _with_length(request):
                connection.putheader(name, value)
            connection.endheaders(request.body)
            reply = connection.getresponse()
            body, arrivals = bytearray(), list[float]()
            while chunk := reply.read1(_CHUNK):
                arrivals.append(time.monotonic())
                body += chunk
            headers = tuple((name.lower(), value) for name, value in reply.getheaders())
            return Answer(reply.status, headers, bytes(body), _spread(arrivals), time.monotonic() - started)
        finally:
            connection.close()

    def wait(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        time.sleep(seconds)


class InProcess:
    """Calls ``app`` as an ASGI server would, on an event loop of its own; a context manager that runs the lifespan."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._runner = asyncio.Runner()
        self._state: dict[str, Any] = {}
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._replies: asyncio.Queue[Message] = asyncio.Queue()
        self._lifespan: asyncio.Task[None] | None = None

    def __enter__(self) -> InProcess:
        self._runner.run(self._lifespan_event("startup"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._runner:
            self._runner.run(self._lifespan_event("shutdown"))

    def send(self, request: Request) -> Answer:
        """Send ``request``, wait for the whole answer and until the app returns. Raises what the app raises."""
        return self._runner.run(asyncio.wait_for(self._exchange(request), request.timeout))

    def wait(self, seconds: float) -> None:
        """Let ``seconds`` pass, in which the event loop goes on with what the app does after its answers."""
        self._runner.run(asyncio.sleep(seconds))

    async def _lifespan_event(self, what: str) -> None:
        if self._lifespan is None:
            self._lifespan = asyncio.create_task(self._run_lifespan())
        self._events.put_nowait({"type": f"lifespan.{what}"})
        reply = asyncio.create_task(self._replies.get())
        await asyncio.wait([reply, self._lifespan], return_when=asyncio.FIRST_COMPLETED)
        if not reply.done():
            reply.cancel()
            await self._lifespan
            raise AssertionError(f"The app ended its lifespan without an answer to {what}.")
        assert reply.result() == {"type": f"lifespan.{what}.complete"}
        if what == "shutdown":
            await self._lifespan

    async def _run_lifespan(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        await self._app(scope, self._events.get, self._replies.put)

    async def _exchange(self, request: Request) -> Answer:
        messages = iter(request_messages(request))
        done = asyncio.Event()
        answer: list[Message] = []
        arrivals: list[float] = []
        body = bytearray()
        started = ended = time.monotonic()

        async def receive() -> Message:
            if (message := next(messages, None)) is not None:
                return message
            await done.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                assert not answer, "The app began its answer twice."
                answer.append(message)
                return
            assert message["type"] == "http.response.body", f"The app sent {message['type']}."
            assert answer, "The app sent a body before its start."
            assert not done.is_set(), "The app went on after the end of its answer."
            if chunk := message.get("body", b""):
                arrivals.append(time.monotonic())
                body.extend(chunk)
            if not message.get("more_body", False):
                ended = time.monotonic()
                done.set()

        await self._app(make_scope(request, self._state), receive, send)
        assert done.is_set(), "The app returned before the end of its answer."
        headers = [(name, value) for name, value in answer[0].get("headers", ())]
        assert all(name == name.lower() for name, _ in headers), f"ASGI wants header names in lower case: {headers}."
        return Answer(
            answer[0]["status"],
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers),
            bytes(body),
            _spread(arrivals),
            ended - started,
        )


def make_scope(request: Request, state: dict[str, Any]) -> dict[str, Any]:
    """The ASGI connection scope of ``request``."""
    path, _, query = request.path.partition("?")
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in _with_length(request)]
    if all(name != b"host" for name, _ in headers):
        headers.insert(0, (b"host", b"127.0.0.1:3000"))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(path, errors="replace"),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 3000),
        "state": dict(state),
    }


def request_messages(request: Request) -> list[Message]:
    """The body of ``request`` in the messages in which a server hands it over; its chunked encoding is taken off."""
    body = request.body or b""
    if any((name.lower(), value) == ("transfer-encoding", "chunked") for name, value in request.headers):
        chunks = decode_chunked(body)
    else:
        chunks = [body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK)]
    return [
        *({"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks),
        {"type": "http.request", "body": b"", "more_body": False},
    ]


def decode_chunked(body: bytes) -> list[bytes]:
    """The chunks of a body in chunked encoding (RFC 9112), without extensions and trailers."""
    chunks: list[bytes] = []
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return chunks
        chunks.append(body[:length])
        body = body[length:].removeprefix(b"\r\n")


def _with_length(request: Request) -> list[tuple[str, str]]:
    names = {name.lower() for name, _ in request.headers}
    if request.body is None or names & {"content-length", "transfer-encoding"}:
        return list(request.headers)
    return [*request.headers, ("Content-Length", str(len(request.body)))]


def _spread(arrivals: list[float]) -> float:
    return arrivals[-1] - arrivals[0] if arrivals else 0
