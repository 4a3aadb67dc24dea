"""A server under measurement: started on a core of its own, watched through ``/proc``, stopped with its children."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from environment import QUIET, WORK

SERVER_CORE: Final = 0
LOAD_CORE: Final = 1

_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """The command, kept on one core where the machine has several and ``taskset`` to do it."""
    if (os.cpu_count() or 1) > 1 and shutil.which("taskset"):
        return ["taskset", "-c", str(core), *command]
    return list(command)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes


def fetch(port: int, path: str, timeout: float = 5) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        return Answer(response.status, response.headers.get_content_type(), response.read())
    finally:
        connection.close()


class Process:
    """A server and its children: a session of its own, so that they can be counted and signalled together."""

    def __init__(
        self, command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, core: int | None = SERVER_CORE
    ) -> None:
        self.log = WORK / "logs" / f"{cwd.name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.started = time.perf_counter()
        with self.log.open("w") as log:
            self._main = subprocess.Popen(
                list(command) if core is None else pinned(core, command),
                cwd=cwd,
                env={**os.environ, **QUIET, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self._main.poll() is None

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def wait_for(self, port: int, path: str, body: bytes, timeout: float = 60) -> float:
        """Seconds from the start of the process to the first right answer."""
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = fetch(port, path)
                elapsed = time.perf_counter() - self.started
                if answer == Answer(200, "application/json", body):
                    return elapsed
                raise SystemExit(f"{path} should answer {body!r} as application/json, but: {answer} (see {self.log})")
            if not self.running or time.perf_counter() - self.started > timeout:
                raise SystemExit(f"The server does not answer:\n{self.log_tail()}")
            time.sleep(0.002)

    def log_tail(self) -> str:
        return self.log.read_text()[-2000:]

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout: float = 10) -> tuple[int | None, float]:
        """Exit code (None when it had to be killed) and seconds it took."""
        begun = time.perf_counter()
        if self.running:
            self._main.send_signal(number)
        try:
            code: int | None = self._main.wait(timeout)
        except subprocess.TimeoutExpired:
            code = None
        elapsed = time.perf_counter() - begun
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._main.pid, signal.SIGKILL)
        self._main.wait()
        return code, elapsed

    def resident_bytes(self) -> int:
        """Memory held by all processes of the server, pages they share counted once for each."""
        return sum(int(stat[21]) for stat in self._stats()) * _PAGE_BYTES

    def worker_resident_bytes(self) -> int:
        """Memory of the process that has most of it: beside the main process, the one worker."""
        return max(int(stat[21]) for stat in self._stats()) * _PAGE_BYTES

    def cpu_seconds(self) -> float:
        """Processor time, user and system, that the server's living processes have used."""
        return sum(int(stat[11]) + int(stat[12]) for stat in self._stats()) / _TICKS_PER_SECOND

    def _stats(self) -> Iterator[list[str]]:
        """``/proc/PID/stat`` after the command's name: state, parent, group, session, …"""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    if int(fields[3]) == self._main.pid:
                        yield fields
