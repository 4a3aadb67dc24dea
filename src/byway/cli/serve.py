"""Running an app on granian, the HTTP server that Byway comes with.

What this file knows of granian, so that nothing else must: it binds with ``SO_REUSEPORT``, so a port in use has to be
found out beforehand; a socket file left by a crash has to be removed; it tells an app nothing before it stops, so the
main process does, with ``SIGUSR1``; and its workers are killed after a time, which must be longer than the app's own.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import click
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server.mp import MPServer

from byway.app import create_app
from byway.asgi import Application, StreamAborted
from byway.cli.console import configure_logging
from byway.problems import AppError
from byway.runtime.access_log import AccessLog, LogFormat

# Seconds beyond the app's own shutdown_timeout after which a worker that still runs is killed.
_GRACE = 5.0
_LINUX_LIKE = hasattr(signal, "SIGUSR1")


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve. ``socket_path`` replaces host and port; ``access_log`` is None for none."""

    root: Path
    host: str
    port: int
    socket_path: Path | None = None
    workers: int = 1
    log_level: str = "info"
    access_log: LogFormat | None = "text"
    dev: bool = False
    shutdown_timeout: float = 30.0
    started: float = 0.0

    @property
    def url(self) -> str:
        """Where a browser finds the app."""
        if self.socket_path is not None:
            return f"unix:{self.socket_path}"
        host = "localhost" if self.host in ("0.0.0.0", "::", "127.0.0.1", "::1") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def serve(options: Options, announce: Callable[[Options], None]) -> None:
    """Serve until SIGINT or SIGTERM; ``announce`` is called once, by the first worker that takes requests."""
    if options.socket_path is not None:
        _free_socket(options.socket_path)
    server = (_DevServer if options.dev else _Server)(
        "byway",
        address=_resolve(options.host),
        port=options.port,
        uds=options.socket_path,
        interface=Interfaces.ASGI,
        workers=options.workers,
        loop=Loops.auto,
        http=HTTPModes.auto,
        websockets=True,
        backlog=2048,
        # Counts connections, idle ones included; granian's own default is too small for many keep-alive clients.
        backpressure=max(512, 2048 // options.workers),
        # Its INFO lines repeat ours, and one of them is written for every chunk sent to a client that left.
        log_level=LogLevels.warning,
        respawn_failed_workers=not options.dev,
        workers_kill_timeout=max(1, round(options.shutdown_timeout + _GRACE)),
    )
    server.serve(target_loader=partial(_load, options, announce, multiprocessing.Value("i", 0)), wrap_loader=False)


class _Server(MPServer):
    def _stop_workers(self) -> None:
        if _LINUX_LIKE:
            for child in multiprocessing.active_children():
                if child.name == "granian-worker" and child.pid is not None:
                    os.kill(child.pid, signal.SIGUSR1)
        super()._stop_workers()  # type: ignore[no-untyped-call]


class _DevServer(_Server):
    def signal_handler_reload(self, *args: object, **kwargs: object) -> None:
        """SIGHUP: its terminal was closed. It ends, rather than going on unseen and keeping its port."""
        self.signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]


def _load(options: Options, announce: Callable[[Options], None], announced: Synchronized[int]) -> Application:
    """Load the app in a worker process; a worker that cannot says why and exits."""
    configure_logging(options.log_level)
    logging.getLogger("_granian.utils").addFilter(_is_news)
    try:
        application = create_app(options.root, dev=options.dev)
    except AppError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None

    def started() -> None:
        if _LINUX_LIKE:
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, application.stop_soon)
        with announced.get_lock():
            first, announced.value = announced.value == 0, 1
        if first:
            threading.Thread(target=_announce_when_listening, args=(options, announce), daemon=True).start()

    application.on_started = started
    if options.access_log is not None:
        application.access_log = AccessLog(options.access_log)
    return application


def _announce_when_listening(options: Options, announce: Callable[[Options], None]) -> None:
    """Call ``announce`` as soon as a connection succeeds: granian listens only once the app has started."""
    for _ in range(200):
        try:
            if options.socket_path is None:
                socket.create_connection((_reachable(options.host), options.port), timeout=1).close()
            else:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(str(options.socket_path))
        except OSError:
            time.sleep(0.005)
        else:
            break
    announce(options)


def _reachable(host: str) -> str:
    """The address to connect to a server that listens on ``host``, which may mean every address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address := _resolve(host), address)  # noqa: S104


def _is_news(record: logging.LogRecord) -> bool:
    """Whether Byway has not logged already what granian logs."""
    return f"\n{StreamAborted.__name__}: " not in record.getMessage()


def _resolve(host: str) -> str:
    """The address of ``host``, IPv4 when it has one. Raises ``OSError`` when it has none."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    best = min(found, key=lambda one: one[0] != socket.AF_INET)
    return str(best[4][0])


def check_port(host: str, port: int) -> int:
    """``port``, or a free one when it is 0. Raises ``OSError`` when nothing can listen on it at ``host``."""
    host = _resolve(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            # As servers do: connections of a server that has just stopped are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen(1)
        chosen: int = probe.getsockname()[1]
        return chosen


def free_port(host: str, port: int, *, tries: int = 20) -> int:
    """The first port from ``port`` on that is free. Raises ``OSError`` when none of ``tries`` is."""
    for candidate in range(port, port + tries):
        try:
            return check_port(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, f"ports {port} to {port + tries - 1} are all in use")


def _free_socket(path: Path) -> None:
    """Remove a socket file that nobody listens on any more."""
    if not path.exists():
        return
    if not path.is_socket():
        raise click.ClickException(f"{path} is in the way: it is no socket. Remove it, or give --uds another path.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise click.ClickException(f"Another server listens on {path}. Stop it, or give --uds another path.")
