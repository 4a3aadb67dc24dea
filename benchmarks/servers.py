"""Who is compared: how each server is prepared and started. One worker, kept-alive connections, no access log."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

from environment import APPS, BIN, NEXT, next_command, prepare_byway, prepare_next
from processes import Process

PATH: Final = "/items/42?q=hello"
BODY: Final = b'{"id":"42","q":"hello"}'

BARE: Final = "bare"


@dataclass(frozen=True, slots=True)
class Server:
    """One row of the comparison.

    ``prepare`` gives the directory to start in; ``command`` the command line for a port; ``path`` is asked for.
    """

    name: str
    title: str
    version: Callable[[], str]
    prepare: Callable[[], Path]
    command: Callable[[int], list[str]]
    env: Callable[[int], Mapping[str, str]] = field(default=lambda port: {})
    path: str = PATH

    @property
    def label(self) -> str:
        return f"{self.title} {self.version()}".strip()

    def start(self, directory: Path, port: int) -> Process:
        return Process(self.command(port), directory, self.env(port))


def granian(port: int, target: str = "app:app") -> list[str]:
    """The settings that every ASGI peer gets."""
    options = "--interface asgi --workers 1 --loop uvloop --http 1 --no-ws --no-access-log --log-level warning"
    return [str(BIN / "granian"), *options.split(), "--host", "127.0.0.1", "--port", str(port), target]


def uvicorn(port: int, target: str = "app:app") -> list[str]:
    options = "--workers 1 --loop uvloop --http httptools --ws none --no-access-log --log-level warning"
    return [str(BIN / "uvicorn"), *options.split(), "--host", "127.0.0.1", "--port", str(port), target]


def _asgi_peer(name: str, title: str, package: str | None) -> Server:
    return Server(
        name=name,
        title=title,
        version=lambda: version(package) if package else "",
        prepare=lambda: APPS / name,
        command=granian,
    )


def byway(port: int) -> list[str]:
    options = f"-p {port} -H 127.0.0.1 --workers 1 --access-log off --log-level warning"
    return [str(BIN / "byway"), "start", ".", *options.split()]


def _robyn(port: int) -> list[str]:
    options = "--processes 1 --workers 1 --log-level ERROR --disable-openapi"
    return [str(BIN / "python"), "app.py", *options.split()]


def next_start(port: int) -> list[str]:
    return next_command("start", "-H", "127.0.0.1", "-p", str(port))


def next_version() -> str:
    package = json.loads((NEXT / "node_modules/next/package.json").read_text())
    return str(package["version"])


SERVERS: Final[Mapping[str, Server]] = {
    server.name: server
    for server in (
        _asgi_peer(BARE, "bare ASGI callable", None),
        Server(
            name="byway",
            title="Byway",
            version=lambda: version("byway"),
            prepare=prepare_byway,
            command=byway,
        ),
        _asgi_peer("starlette", "Starlette", "starlette"),
        _asgi_peer("fastapi", "FastAPI", "fastapi"),
        _asgi_peer("litestar", "Litestar", "litestar"),
        _asgi_peer("blacksheep", "BlackSheep", "blacksheep"),
        _asgi_peer("falcon", "Falcon", "falcon"),
        Server(
            name="robyn",
            title="Robyn",
            version=lambda: version("robyn"),
            prepare=lambda: APPS / "robyn",
            command=_robyn,
            env=lambda port: {"PORT": str(port)},
        ),
        Server(
            name="next",
            title="Next.js",
            version=next_version,
            prepare=prepare_next,
            command=next_start,
        ),
    )
}
