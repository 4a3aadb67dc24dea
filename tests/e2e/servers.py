"""Apps in folders of their own, and servers that run them: what the tests of this folder share."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

BYWAY = Path(sys.executable).with_name("byway")
APP = Path(__file__).parent / "app"
EXAMPLES = Path(__file__).parents[2] / "examples"

_READY = re.compile(r"Ready in \d+ ms at (\S+)")


def copy_app(source: Path, into: Path) -> Path:
    """A copy of the app ``source``, so that nothing is written into the repository."""
    leave_out = shutil.ignore_patterns("__pycache__", ".byway")
    return Path(shutil.copytree(source, into / source.name, ignore=leave_out))


def byway(*arguments: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Completed:
    """Run the command ``byway`` to its end."""
    done = subprocess.run(
        [BYWAY, *arguments], cwd=cwd, env=environment(env), capture_output=True, text=True, timeout=60, check=False
    )
    return Completed(done.returncode, done.stdout, done.stderr)


def build(root: Path) -> Path:
    """``byway build``; returns ``root``."""
    done = byway("build", root)
    assert done.code == 0, done.stderr
    return root


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a command: this process's, without what would change its outcome, and ``more``."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PORT", "HOSTNAME", "FORCE_COLOR")}
    return {**kept, "COLUMNS": "100", "NO_COLOR": "1", **(more or {})}


@dataclass(frozen=True)
class Completed:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Server:
    """A server process. ``url`` is where it says it is; ``log`` and ``marks`` are the files it writes into."""

    root: Path
    process: subprocess.Popen[bytes]
    log: Path
    marks_file: Path
    url: str = ""

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def marks(self) -> list[str]:
        """The lines that the app has left with ``mark()``."""
        return self.marks_file.read_text(encoding="utf-8").splitlines() if self.marks_file.exists() else []

    def get(self, path: str, **options: object) -> httpx2.Response:
        """A request on a connection of its own."""
        with self.client() as client:
            return client.get(path, **options)  # type: ignore[arg-type]

    def client(self) -> httpx2.Client:
        """A client, to be closed, that sends everything to this server."""
        return httpx2.Client(base_url=self.url, timeout=10, trust_env=False)

    def connect(self, *, receive_buffer: int | None = None) -> socket.socket:
        """A bare connection. ``receive_buffer`` is in bytes; the system's default when None."""
        plug = socket.socket()
        if receive_buffer is not None:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plug.settimeout(20)
        plug.connect(("127.0.0.1", self.port))
        return plug

    def send(self, request: str | bytes) -> Answer:
        """Send ``request`` byte for byte, and read its answer."""
        with self.connect() as plug:
            plug.sendall(request.encode("latin-1") if isinstance(request, str) else request)
            return read_answer(plug)

    def interrupt(self, number: int = signal.SIGTERM) -> None:
        """Send a signal to the server."""
        self.process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM, *, within: float = 10) -> int:
        """Send a signal, and wait ``within`` seconds for the end. Returns the exit code."""
        self.interrupt(number)
        return self.process.wait(within)


@dataclass(frozen=True)
class Answer:
    """An answer, read from a bare connection."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def read_answer(plug: socket.socket) -> Answer:
    """The next answer on a connection."""
    with http.client.HTTPResponse(plug) as reply:
        reply.begin()
        return Answer(reply.status, reply.headers, reply.read())


@contextmanager
def running(
    root: Path,
    *options: str | Path,
    command: str = "start",
    choose_port: bool = True,
    env: Mapping[str, str] | None = None,
) -> Generator[Server]:
    """Run ``byway start`` (or another command) until the end of the ``with`` block.

    It listens on a free port, unless ``choose_port`` is False; then it chooses for itself.
    When something goes wrong in the block, what the server printed is shown.
    """
    log, marks = root.with_name(f"{root.name}.log"), root.with_name(f"{root.name}.marks")
    log.unlink(missing_ok=True)
    marks.unlink(missing_ok=True)
    where = ("-p", "0") if choose_port else ()
    host = () if "HOSTNAME" in (env or {}) else ("-H", "127.0.0.1")
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [BYWAY, command, root, *where, *host, *options],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment({"MARKS": str(marks), **(env or {})}),
            start_new_session=True,
        ) as process,
    ):
        server = Server(root, process, log, marks)
        try:
            wait_for(lambda: _READY.search(server.output) or process.poll() is not None, "the server to start")
            ready = _READY.search(server.output)
            assert ready is not None, "The server did not start."
            server.url = ready[1]
            yield server
        except BaseException:
            print(f"--- byway {command} printed:\n{server.output}---", file=sys.stderr)
            raise
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop a server that still runs, its workers included."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(condition: Callable[[], object], what: str, *, within: float = 10) -> float:
    """Wait until ``condition`` holds, and return the seconds that took. Fails after ``within`` seconds."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > within:
            raise AssertionError(f"Waited {within} seconds in vain for {what}.")
        time.sleep(0.01)
    return time.monotonic() - started


def resident(pid: int) -> int:
    """The memory of a process and of those it has started, in bytes."""
    total = 0
    for process in (pid, *_children(pid)):
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
        total += int(status.partition("VmRSS:")[2].split()[0]) * 1024
    return total


def workers(server: Server) -> list[int]:
    """The process ids of the workers that have started, in order."""
    return [int(line.split()[1]) for line in server.marks if line.startswith("started ")]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
