"""One request as ASGI shows it."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from urllib.parse import quote, unquote

from byway.config import Message, Receive, Scope
from byway.http.abort import AbortSignal
from byway.http.errors import BodyTimeout, Disconnected
from byway.http.headers import RawHeaders
from byway.http.url import URL
from byway.runtime.paths import PathForm
from byway.runtime.trust import Trust
from byway.runtime.work import current

# Characters that a path may hold unescaped; what is not among them was escaped before the server decoded it.
_PATH_SAFE = "/-._~!$&'()*+,;=:@"

# Stands in for an origin that cannot be believed; no handler sees it.
_UNKNOWN_ORIGIN = ("http", "localhost")


class Connection:
    """One request as ASGI shows it: its URL, headers and body, and whether its client is still there.

    ``status`` is that of the answer; None until it has begun.
    """

    __slots__ = (
        "_body_timeout",
        "_closed",
        "_ended",
        "_form",
        "_receive",
        "_trust",
        "_watch",
        "origin",
        "path",
        "query",
        "root_path",
        "scope",
        "status",
    )

    def __init__(self, scope: Scope, receive: Receive, trust: Trust, body_timeout: float, form: PathForm) -> None:
        self.scope = scope
        self.status: int | None = None
        root_path: str = scope.get("root_path", "")
        self.path = _raw_path(scope, root_path)
        self.root_path = quote(root_path.rstrip("/"), safe=_PATH_SAFE) if root_path else ""
        self.query: bytes = scope.get("query_string", b"")
        self.origin = trust.origin(scope)
        self._receive = receive
        self._trust = trust
        self._body_timeout = body_timeout
        self._form = form
        self._ended = False
        self._closed = False
        self._watch: _Watch | None = None

    def url(self) -> URL:
        """The URL that the client asked for."""
        scheme, host = self.origin or _UNKNOWN_ORIGIN
        query = self.query.decode("utf-8", "replace")
        if self._form.is_plain:
            return URL.from_parts(scheme, host, self.path, query, self.root_path)
        base, path = self._form.split(self.path)
        return URL.from_parts(scheme, host, path, query, self.root_path + base, self._form.wants_slash)

    def headers(self) -> RawHeaders:
        """The client's headers, but for ``X-Forwarded-*`` that nobody vouches for."""
        return self._trust.forwarded(self.scope)

    def names_cookie(self, name: bytes) -> bool:
        return any(key == b"cookie" and name in value for key, value in self.scope["headers"])

    @property
    def client(self) -> str:
        """The client's address."""
        return self._trust.client(self.scope)

    async def read(self) -> bytes:
        """The next chunk of the body; ``b""`` at its end. Raises ``Disconnected`` when the client left before."""
        while not self._ended:
            try:
                async with asyncio.timeout(self._body_timeout):
                    message = await self._receive()
            except TimeoutError:
                raise BodyTimeout(
                    f"The client sent nothing of its request's body for {self._body_timeout} seconds; "
                    "Config(body_timeout=…) sets this limit."
                ) from None
            if message["type"] == "http.disconnect":
                raise Disconnected("The client left before its request was complete.")
            self._ended = not message.get("more_body", False)
            chunk: bytes = message.get("body", b"")
            if chunk:
                return chunk
        return b""

    def watch(self, signal: AbortSignal) -> None:
        """Abort ``signal`` once the client leaves. May be called from a worker thread."""

        def start() -> None:
            self.on_leave(lambda: signal.abort(Disconnected("The client left before it had the whole answer.")))

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            current.get().app.loop.call_soon_threadsafe(start)
        else:
            start()

    def on_leave(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` once the client leaves; at once when it already has. Only on the event loop."""
        if self._closed:
            return
        if self._watch is None:
            self._watch = _Watch(self._receive)
            self._receive = self._watch.receive
        self._watch.add(callback)

    def close(self) -> None:
        """Stop watching: the answer is complete, and what ``receive`` says from now on is not about this client."""
        self._closed = True
        if self._watch is not None:
            self._watch.task.cancel()


class _Watch:
    """Notices that a client leaves. Of a body that nobody reads yet it takes one chunk ahead, no more."""

    __slots__ = ("_ahead", "_callbacks", "_left", "_lock", "_receive", "_taken", "task")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ahead: deque[Message] = deque()
        self._taken = asyncio.Event()
        self._lock = asyncio.Lock()
        self._callbacks: list[Callable[[], object]] = []
        self._left = False
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def receive(self) -> Message:
        """The next message, for whoever reads the body meanwhile."""
        if not self._ahead:
            async with self._lock:
                if not self._ahead:
                    self._ahead.append(await self._receive())
        # Not below the lock: once the body is complete, the watch holds it until the client leaves.
        message = self._ahead.popleft()
        self._taken.set()
        return message

    def add(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` once the client leaves; at once when it already has."""
        if self._left:
            callback()
        else:
            self._callbacks.append(callback)

    async def _run(self) -> None:
        while not self._left:
            async with self._lock:
                message = await self._receive()
                self._ahead.append(message)
                self._taken.clear()
            if message["type"] == "http.disconnect":
                self._left = True
                for callback in self._callbacks:
                    callback()
            elif message.get("more_body", False):
                await self._taken.wait()


# Letters, digits, "-", ".", "_" and "~": encoded or not, they are the same character (RFC 3986, section 2.3).
_UNRESERVED = re.compile(r"%(?:2[DdEe]|3\d|4[1-9A-Fa-f]|5[\dAaFf]|6[1-9A-Fa-f]|7[\dAaEe])")


def _raw_path(scope: Scope, root_path: str) -> str:
    """The undecoded path below ``root_path``, ``/`` at least.

    What need not be encoded is not: a guard that looks for ``/admin`` must see it in ``/%61dmin``.
    """
    path = _path_as_sent(scope, root_path)
    return _UNRESERVED.sub(_unreserved, path) if "%" in path else path


def _unreserved(encoded: re.Match[str]) -> str:
    return chr(int(encoded[0][1:], 16))


def _path_as_sent(scope: Scope, root_path: str) -> str:
    raw: bytes | None = scope.get("raw_path")
    if raw is None:
        path = quote(scope["path"], safe=_PATH_SAFE)
    elif raw.isascii():
        path = raw.decode()
    else:
        # No client should send bytes beyond ASCII; those that do mean what the percent-encoded ones mean.
        path = quote(raw, safe=_PATH_SAFE + "%")
    return (_below(path, root_path.rstrip("/")) if root_path else path) or "/"


def _below(path: str, root_path: str) -> str:
    """``path`` without the part that decodes to ``root_path``; as it is when it does not begin with that."""
    end = 0
    while end < len(path):
        end = path.find("/", end + 1)
        end = len(path) if end < 0 else end
        if unquote(path[:end]) == root_path:
            return path[end:]
    return path
