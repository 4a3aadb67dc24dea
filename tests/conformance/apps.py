"""Starts the app of a suite: in process, and as a server of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from byway import create_app
from byway.asgi import Application
from byway.build import build

from .transports import OverSocket

BYWAY = Path(sys.executable).with_name("byway")


def copy_app(suite: Path, into: Path) -> Path:
    """A copy of a suite's app, so that building it does not write into the repository."""
    leave_out = shutil.ignore_patterns("cases.json", "recorded.json", "__pycache__")
    return Path(shutil.copytree(suite, into / suite.name, ignore=leave_out))


def start_app(directory: Path) -> Application:
    """The built app of ``directory``. Raises ``AppError`` when it cannot be built."""
    app, _ = build(directory)
    app.close()
    return create_app(directory)


@contextmanager
def serve(directory: Path) -> Generator[OverSocket]:
    """Build ``directory`` and serve it with the command ``byway start`` on a free port."""
    subprocess.run([BYWAY, "build", directory], check=True)
    port = _free_port()
    log = directory.with_name(f"{directory.name}.log")
    command = [BYWAY, "start", directory, "-p", str(port), "-H", "127.0.0.1"]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            _wait_until_it_accepts(process, port, log)
            yield OverSocket(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_accepts(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"The server did not start:\n{log.read_text()}")
