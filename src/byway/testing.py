"""`Client`: calls an app in the same process, without a server and without a socket."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import httpx2

from byway.asgi import Application
from byway.build import build_async
from byway.config import ASGIApp, Message, Scope
from byway.http.outgoing import FetchedResponse, FetchError, PreparedRequest
from byway.http.response import Response
from byway.http.url import URL
from byway.metadata.head import HeadTag
from byway.runtime.app import App
from byway.runtime.head_at import head_tags_at

__all__ = ["AsyncClient", "Client", "Clock", "FetchStub"]

T = TypeVar("T")
_BASE_URL = "http://testserver"
_ORIGIN = "http://localhost:3000"

Answer: TypeAlias = Response | BaseException | Callable[[PreparedRequest], Response | Awaitable[Response]]


class Clock:
    """The time by which an app's cache goes; `advance` moves it. Called, it gives Unix time in seconds."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass: what was kept is so much older. Raises ``ValueError`` for a negative number."""
        if seconds < 0:
            raise ValueError(f"advance({seconds!r}): time does not run backwards.")
        self._ahead += seconds


class FetchStub:
    """Answers `fetch` instead of the network: ``stub.on("https://api.test/items", Response.json([]))``.

    ``requests`` lists what was asked for. What nothing was said about raises ``FetchError``, naming it.
    """

    def __init__(self) -> None:
        self.requests: list[PreparedRequest] = []
        self._answers: dict[tuple[str, str], Answer] = {}

    def on(self, url: str, answer: Answer, *, method: str = "GET") -> None:
        """Answer ``method`` at ``url`` with ``answer``: a `Response`, each time anew; an exception, which is raised; or
        a function of the request that returns a `Response`. A ``url`` without a query stands for every query.
        """
        self._answers[method.upper(), str(URL(url))] = answer

    async def __call__(self, request: PreparedRequest) -> Response:
        self.requests.append(request)
        href = request.url.href.partition("#")[0]
        for known in (href, href.partition("?")[0]):
            if (answer := self._answers.get((request.method, known))) is not None:
                break
        else:
            told = ", ".join(f"{method} {url}" for method, url in self._answers) or "nothing"
            raise FetchError(f"This test does not say how {request.method} {href} is answered; it does for: {told}.")
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Response):
            response = answer
        else:
            given = answer(request)
            response = given if isinstance(given, Response) else await given
        data, stream = response.payload()
        if stream is not None and response is answer:
            raise TypeError("FetchStub answers again and again, so it needs a whole body: give a function instead.")
        body = data if stream is None else stream
        return FetchedResponse.replayed(response.status, response.raw_headers(), body, href, redirected=False)


class _Server:
    """An ASGI application and its lifespan, on one event loop."""

    def __init__(self, app: str | Path | ASGIApp, fetch: FetchStub | None) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._given = Path(app).absolute() if isinstance(app, (str, Path)) else app
        self._fetch = fetch
        self.clock = Clock()
        self._built: Application | None = None
        self._events: asyncio.Queue[Message] | None = None
        self._lifespan: asyncio.Task[None] | None = None

    @property
    def application(self) -> ASGIApp:
        """The application; of a directory, what `start` has built."""
        if isinstance(self._given, Path):
            assert self._built is not None, "start() builds it"
            return self._built
        return self._given

    async def _build(self, directory: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="byway-")
        app, _ = await build_async(directory, Path(self._folder.name), mode="test", prepare=self._prepare)
        self._built = Application(app)

    def _prepare(self, app: App) -> None:
        app.cache.clock = self.clock
        app.transport = self._fetch

    async def start(self) -> None:
        """Build the app when a directory was given, and start it. Raises ``AppError`` when it has problems."""
        if self._lifespan is not None:
            return
        if isinstance(self._given, Path) and self._built is None:
            await self._build(self._given)
        application = self.application
        if isinstance(application, Application) and application is not self._built:
            self._prepare(application.app)
        events: asyncio.Queue[Message] = asyncio.Queue()
        self._events = events
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def send(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                started.set_result(None)
            elif message["type"] == "lifespan.startup.failed":
                started.set_exception(RuntimeError(f"The app did not start: {message.get('message', '')}"))

        async def run() -> None:
            await application({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, events.get, send)

        events.put_nowait({"type": "lifespan.startup"})
        self._lifespan = asyncio.create_task(run())
        await asyncio.wait([started, self._lifespan], return_when=asyncio.FIRST_COMPLETED)
        if started.done():
            started.result()
        else:
            # An application without lifespan, which ASGI lets raise, is served all the same.
            self._lifespan.exception()
            self._events = None

    async def stop(self) -> None:
        """Stop the app; its ``after()`` work is done then."""
        if self._lifespan is not None and self._events is not None:
            self._events.put_nowait({"type": "lifespan.shutdown"})
            await self._lifespan
            self._lifespan = None
        if self._built is not None:
            self._built.app.close()
            self._built = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def drain(self) -> None:
        """Wait until everything that `after()` started is done."""
        if isinstance(application := self.application, Application):
            await application.app.background.drain(None)

    async def head_tags(self, path: str, origin: str) -> list[HeadTag]:
        """The tags in the head of the page at ``path``."""
        await self.start()
        application = self.application
        if not isinstance(application, Application):
            raise TypeError("head_tags() asks an app of Byway, not another ASGI application.")
        return await head_tags_at(application.app, path, origin)

    async def exchange(self, request: httpx2.Request, body: bytes) -> _Exchange:
        """Send ``request``, and wait until its answer begins."""
        await self.start()
        exchange = _Exchange(self.application, request, body)
        await exchange.begin()
        return exchange


class _Exchange:
    """One request and the answer to it; the app waits while a chunk of the answer is not taken."""

    def __init__(self, application: ASGIApp, request: httpx2.Request, body: bytes) -> None:
        self._request = request
        self._body: bytes | None = body
        self._left = asyncio.Event()
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue(1)
        self._task = asyncio.create_task(self._run(application))
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []

    async def _run(self, application: ASGIApp) -> None:
        url = self._request.url
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self._request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in self._request.headers.raw],
            "client": ("127.0.0.1", 50000),
            "server": (url.host, url.port or (443 if url.scheme == "https" else 80)),
        }
        try:
            await application(scope, self._receive, self._send)
        finally:
            if not self._left.is_set():
                await self._messages.put(None)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if not self._left.is_set():
            await self._messages.put(message)

    async def begin(self) -> None:
        """Wait for the status and the headers."""
        message = await self._messages.get()
        if message is None:
            await self._task
            raise httpx2.RemoteProtocolError("The app returned without an answer.")
        self.status, self.headers = message["status"], list(message["headers"])

    async def chunk(self) -> bytes:
        """The next chunk of the body; ``b""`` at its end.

        Raises ``RemoteProtocolError`` when the app cut the connection.
        """
        while not self._left.is_set():
            message = await self._messages.get()
            if message is None:
                error = self._task.exception() if self._task.done() else None
                raise httpx2.RemoteProtocolError("The app cut the connection in the middle of its answer.") from error
            body: bytes = message.get("body", b"")
            if not message.get("more_body", False):
                self._left.set()
                return body
            if body:
                return body
        return b""

    async def leave(self) -> None:
        """Want no more of the answer, and wait until the app has noticed."""
        self._left.set()
        while not self._messages.empty():
            self._messages.get_nowait()
        await asyncio.gather(self._task, return_exceptions=True)


class _AsyncStream(httpx2.AsyncByteStream):
    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await self._exchange.chunk():
            yield chunk

    async def aclose(self) -> None:
        await self._exchange.leave()


class _AsyncTransport(httpx2.AsyncBaseTransport):
    def __init__(self, server: _Server) -> None:
        self._server = server

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        exchange = await self._server.exchange(request, await request.aread())
        return httpx2.Response(exchange.status, headers=exchange.headers, stream=_AsyncStream(exchange))

    async def aclose(self) -> None:
        await self._server.stop()


class _Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="byway-testing", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def close(self) -> None:
        self.run(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Stream(httpx2.SyncByteStream):
    def __init__(self, loop: _Loop, exchange: _Exchange) -> None:
        self._loop = loop
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._loop.run(self._exchange.chunk()):
            yield chunk

    def close(self) -> None:
        self._loop.run(self._exchange.leave())


class _Transport(httpx2.BaseTransport):
    def __init__(self, server: _Server) -> None:
        self._server = server
        self._loop: _Loop | None = None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            self._loop = _Loop()
        return self._loop.run(coroutine)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        exchange = self.run(self._server.exchange(request, request.read()))
        assert self._loop is not None
        return httpx2.Response(exchange.status, headers=exchange.headers, stream=_Stream(self._loop, exchange))

    def close(self) -> None:
        if self._loop is not None:
            self._loop.run(self._server.stop())
            self._loop.close()
            self._loop = None


class AsyncClient(httpx2.AsyncClient):
    """`Client` for ``async def`` tests: every method of ``httpx2.AsyncClient``, and ``await drain()``."""

    def __init__(
        self,
        app: str | Path | ASGIApp,
        *,
        base_url: str = _BASE_URL,
        fetch: FetchStub | None = None,
        **options: Any,
    ) -> None:
        self._server = _Server(app, fetch)
        super().__init__(transport=_AsyncTransport(self._server), base_url=base_url, **options)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        try:
            await self._server.start()
        except BaseException:
            await self.aclose()
            raise
        return self

    @property
    def clock(self) -> Clock:
        """The time by which the app's cache goes."""
        return self._server.clock

    async def drain(self) -> None:
        """Wait until everything that `after()` started is done, and every refresh of what is cached."""
        await self._server.drain()

    async def head_tags(self, path: str, origin: str = _ORIGIN) -> list[HeadTag]:
        """`Client.head_tags`."""
        return await self._server.head_tags(path, origin)


class Client(httpx2.Client):
    """Calls an app in the same process: every method of ``httpx2.Client``, and `drain`.

    ``app`` is a project's folder, which is built into a temporary folder, or an ASGI application such as `create_app`
    returns. Cookies are kept, redirects are not followed unless ``follow_redirects=True``, and ``client.stream(…)``
    shows an answer's chunks as the handler yields them. The cache begins empty, ``client.clock.advance(seconds)`` makes
    what it keeps older, and ``fetch`` answers what the app fetches. Used with ``with`` (or from its first request until
    ``close()``) it runs the app's ``register()`` and its shutdown. ``async with Client(…) as client`` gives an
    `AsyncClient`. Raises ``AppError`` when the app has problems.
    """

    def __init__(
        self,
        app: str | Path | ASGIApp,
        *,
        base_url: str = _BASE_URL,
        fetch: FetchStub | None = None,
        **options: Any,
    ) -> None:
        self._app = app
        self._options: dict[str, Any] = {"base_url": base_url, "fetch": fetch, **options}
        self._server = _Server(app, fetch)
        self._bridge = _Transport(self._server)
        self._async_client: AsyncClient | None = None
        super().__init__(transport=self._bridge, base_url=base_url, **options)

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self._bridge.run(self._server.start())
        except BaseException:
            self.close()
            raise
        return self

    async def __aenter__(self) -> AsyncClient:
        self._async_client = AsyncClient(self._app, **self._options)
        return await self._async_client.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        assert self._async_client is not None
        await self._async_client.__aexit__(kind, error, trace)

    @property
    def clock(self) -> Clock:
        """The time by which the app's cache goes."""
        return self._server.clock

    def drain(self) -> None:
        """Wait until everything that `after()` started is done, and every refresh of what is cached."""
        self._bridge.run(self._server.drain())

    def head_tags(self, path: str, origin: str = _ORIGIN) -> list[HeadTag]:
        """The tags that Byway puts into the head of the page at ``path``, which may have a query.

        The page itself is not rendered. ``origin`` begins the URLs of share images where no ``metadata_base`` does.

        Raises ``LookupError`` when there is no page, and what a `generate_metadata` or `generate_viewport` raises.
        """
        return self._bridge.run(self._server.head_tags(path, origin))
