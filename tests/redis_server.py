"""A real Redis (or Valkey) server for tests: on a free port, in its own folder; it can be killed, held, restarted."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

_PATIENCE = 20.0


class RedisServer:
    """A server that keeps nothing when it dies, unless it was told to ``save()``."""

    def __init__(self, folder: Path, password: str = "") -> None:
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        if program is None:
            raise RuntimeError("These tests need redis-server: run scripts/install-test-tools.sh.")
        folder.mkdir(parents=True, exist_ok=True)
        self.program = program
        self.folder = folder
        self.password = password
        self.port = _free_port()
        self.url = f"redis://{f':{password}@' if password else ''}127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "logfile": self.folder / "log"}
        arguments = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        if self.password:
            arguments += ["--requirepass", self.password]
        self._process = subprocess.Popen(
            [self.program, *arguments, "--save", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                if self.command("PING") == b"+PONG":
                    return
            except OSError:
                pass
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"redis-server does not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hold(self) -> None:
        """Make it answer nothing, until ``go_on()``; connections stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def save(self) -> None:
        """Write what it holds to the disk, where the next start finds it."""
        assert self.command("SAVE") == b"+OK"

    def command(self, *words: str | bytes | int) -> bytes:
        """The first line of the answer to a command, or of a longer answer its text."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=_PATIENCE) as connection:
            stream = connection.makefile("rwb")
            for sent in ([("AUTH", self.password)] if self.password else []) + [words]:
                parts = [word if isinstance(word, bytes) else str(word).encode() for word in sent]
                stream.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(one), one) for one in parts))
                stream.flush()
                answer = stream.readline().rstrip()
            if answer.startswith(b"$") and answer != b"$-1":
                answer = stream.read(int(answer[1:]))
        return answer


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
