"""What many tests need: an app written into a folder, loaded, and a client that speaks ASGI message by message."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import unquote

from byway.asgi import Application
from byway.config import ASGIApp, Message, Scope
from byway.problems import AppError
from byway.runtime.app import Mode
from byway.runtime.loading import load_app

ROUTE_IMPORTS = """\
import asyncio
import threading
import time

import byway
from byway import cookies, forbidden, headers, not_found, permanent_redirect, redirect, unauthorized
from byway.server import Request, Response, RouteContext, after

"""


def write_app(root: Path, files: Mapping[str, str]) -> Path:
    """Write ``files`` (path → text, which may be indented) below ``root``, which is returned."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return root


def route(text: str) -> str:
    """The text of a ``route.py`` that may use Byway's names without importing them."""
    return f"{ROUTE_IMPORTS}{dedent(text)}\n"


def problems_of(root: Path) -> list[tuple[str, str, str]]:
    """The problems for which the app in ``root`` is refused, as (file, what, cure)."""
    try:
        app = load_app(root, "production")
    except AppError as error:
        return [(one.file, one.what, one.cure) for one in error.problems]
    app.close()
    return []


@contextmanager
def loaded(root: Path, mode: Mode = "production") -> Generator[Application]:
    """The app in ``root`` as an ASGI application, which is forgotten at the end."""
    app = load_app(root, mode)
    try:
        yield Application(app)
    finally:
        app.threads.close()
        app.close()


def make_scope(path: str = "/", method: str = "GET", *, host: str = "example.com", **fields: Any) -> Scope:
    """An ASGI scope; ``path`` is undecoded and may have a query."""
    raw, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(b"host", host.encode())],
        "client": ("192.0.2.7", 50000),
        "server": ("127.0.0.1", 3000),
    } | fields


@dataclass
class Peer:
    """A client: the messages it sends (``incoming``), and what it is sent."""

    scope: Scope
    incoming: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    messages: list[Message] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    takes: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared, the client takes nothing more: ``send`` waits."""
    received: int = 0
    """How many messages the app has taken."""

    def __post_init__(self) -> None:
        self.takes.set()

    async def receive(self) -> Message:
        message = await self.incoming.get()
        self.received += 1
        if message["type"] == "http.disconnect":
            self.incoming.put_nowait(message)  # Who has left stays away.
        return message

    async def send(self, message: Message) -> None:
        await self.takes.wait()
        self.messages.append(message)
        self.arrived.set()

    def body(self, *chunks: bytes, end: bool = True) -> None:
        """Send ``chunks``, and the body's end."""
        for chunk in chunks:
            self.incoming.put_nowait({"type": "http.request", "body": chunk, "more_body": True})
        if end:
            self.incoming.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    def leave(self) -> None:
        """Close the connection."""
        self.incoming.put_nowait({"type": "http.disconnect"})

    async def until(self, count: int) -> None:
        """Wait until ``count`` messages have arrived."""
        async with asyncio.timeout(2):
            while len(self.messages) < count:
                self.arrived.clear()
                await self.arrived.wait()

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.messages[0]["headers"]]

    def header(self, name: str) -> str | None:
        """The one value of ``name``."""
        values = [value for known, value in self.headers if known == name]
        assert len(values) < 2, values
        return values[0] if values else None

    @property
    def chunks(self) -> list[bytes]:
        return [message["body"] for message in self.messages[1:] if message["body"]]

    @property
    def text(self) -> str:
        return b"".join(self.chunks).decode()

    @property
    def is_complete(self) -> bool:
        return len(self.messages) > 1 and not self.messages[-1].get("more_body", False)


async def call(
    app: ASGIApp,
    path: str = "/",
    method: str = "GET",
    *,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    **fields: Any,
) -> Peer:
    """Send one request, and wait until the app returns."""
    scope = make_scope(path, method, **fields)
    scope["headers"] = [*scope["headers"], *((name.encode(), value.encode("latin-1")) for name, value in headers)]
    peer = Peer(scope)
    peer.body(body)
    async with asyncio.timeout(5):
        await app(scope, peer.receive, peer.send)
    return peer
