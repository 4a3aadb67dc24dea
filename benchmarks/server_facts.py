"""What two ASGI servers do where it matters to a framework: paths, limits, slow and leaving clients, stopping."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from environment import APPS, WORK
from processes import Process, free_port
from report import Table
from servers import BARE, Server, granian, uvicorn
from servers import SERVERS as PEERS

SERVERS: Final = [
    Server("granian", "Granian", lambda: version("granian"), PEERS[BARE].prepare, granian),
    Server("uvicorn", "uvicorn", lambda: version("uvicorn"), PEERS[BARE].prepare, uvicorn),
]

UNFINISHED_HEADERS_SECONDS: Final = 35
CLOSED: Final = "closed without an answer"


@dataclass(frozen=True, slots=True)
class Probe:
    """A running server with the probe app, and the log that the app writes."""

    process: Process
    port: int
    log: Path

    def connect(self, receive_buffer: int | None = None) -> socket.socket:
        client = socket.socket()
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(10)
        client.connect(("127.0.0.1", self.port))
        return client

    def ask(self, target: str, headers: str = "") -> bytes:
        with self.connect() as client:
            return _ask(client, target, headers)

    def events(self, name: str) -> list[dict[str, Any]]:
        events = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [event for event in events if event["event"] == name]


def _ask(client: socket.socket, target: str, headers: str = "") -> bytes:
    client.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n".encode())
    received = b""
    with contextlib.suppress(OSError):
        while chunk := client.recv(65536):
            received += chunk
    return received


def _status(answer: bytes) -> str:
    return answer.split()[1].decode() if answer else CLOSED


@contextlib.contextmanager
def _probe(server: Server, *options: str) -> Generator[Probe]:
    port = free_port()
    log = WORK / "logs" / f"probe-{server.name}.jsonl"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    with Process([*server.command(port), *options], APPS / "probe", {"PROBE_LOG": str(log)}) as process:
        probe = Probe(process, port, log)
        _wait(lambda: bool(probe.events("lifespan.startup")) and _answers(probe))
        yield probe


def _answers(probe: Probe) -> bool:
    try:
        return bool(probe.ask("/"))
    except OSError:
        return False


def _wait(ready: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether it became true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return True
        time.sleep(0.01)
    return False


def raw_path(server: Server) -> str:
    with _probe(server) as probe:
        return str(json.loads(probe.ask("/a%2Fb/%E9").partition(b"\r\n\r\n")[2])["raw_path"])


def long_header(server: Server) -> str:
    with _probe(server) as probe:
        return _status(probe.ask("/", f"X-Long: {'x' * 2**20}\r\n"))


def many_headers(server: Server) -> str:
    with _probe(server) as probe:
        return _status(probe.ask("/", "".join(f"X-{number}: 1\r\n" for number in range(1000))))


def unfinished_headers(server: Server) -> str:
    with _probe(server) as probe, probe.connect() as client:
        client.settimeout(UNFINISHED_HEADERS_SECONDS)
        client.sendall(b"GET / HTTP/1.1\r\nHo")
        begun = time.monotonic()
        try:
            client.recv(1)
        except TimeoutError:
            return f"still open after {UNFINISHED_HEADERS_SECONDS} s"
        return f"closed after {time.monotonic() - begun:.0f} s"


def idle_connection(server: Server) -> str:
    with _probe(server) as probe, probe.connect() as client:
        client.settimeout(UNFINISHED_HEADERS_SECONDS)
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(65536)
        begun = time.monotonic()
        try:
            client.recv(1)
        except TimeoutError:
            return f"still open after {UNFINISHED_HEADERS_SECONDS} s"
        return f"closed after {time.monotonic() - begun:.0f} s"


def slow_client(server: Server) -> str:
    """How much of 200 MiB the server takes from the app for a client that reads nothing."""
    with _probe(server) as probe, probe.connect(receive_buffer=65536) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(2)
        return f"send waits after {probe.events('sent')[-1]['detail'] / 2**20:.1f} MiB"


def leaving_client(server: Server) -> str:
    with _probe(server) as probe:
        with probe.connect() as client:
            client.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.recv(65536)
            time.sleep(0.3)
        left = time.time()
        if not _wait(lambda: bool(probe.events("send after disconnect"))):
            return "not told"
        told = probe.events("receive")[0]
        return f"{told['detail']} after {max(0, told['at'] - left) * 1e3:.0f} ms"


def send_after_disconnect(server: Server) -> str:
    with _probe(server) as probe:
        with probe.connect() as client:
            client.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.recv(65536)
        _wait(lambda: bool(probe.events("send after disconnect")))
        return str(probe.events("send after disconnect")[0]["detail"])


def graceful_stop(server: Server) -> str:
    """A request of two seconds, stopped after half a second."""
    with _probe(server) as probe, probe.connect() as client:
        answers: list[bytes] = []
        asking = threading.Thread(target=lambda: answers.append(_ask(client, "/slow")))
        asking.start()
        time.sleep(0.5)
        code, seconds = probe.process.stop(signal.SIGTERM)
        asking.join()
        finished = "answered" if answers[0].endswith(b"done") else "cut off"
        return f"{finished}, exit {code} after {seconds:.1f} s"


def work_after_answer(server: Server) -> str:
    """Work that the app does after its last ``send``, one second of it, stopped at once."""
    with _probe(server) as probe:
        with probe.connect() as client:
            client.sendall(b"GET /afterwards HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.recv(65536)
        probe.process.stop(signal.SIGTERM)
        return "waited for" if probe.events("afterwards") else "dropped"


def idle_stop(server: Server) -> str:
    with _probe(server) as probe:
        code, seconds = probe.process.stop(signal.SIGTERM)
        return f"exit {code} after {seconds:.2f} s"


def endless_stop(server: Server) -> str:
    """A stream without end, with the server's own time limit for stopping set to one second."""
    option = {"granian": "--workers-kill-timeout", "uvicorn": "--timeout-graceful-shutdown"}[server.name]
    with _probe(server, option, "1") as probe, probe.connect() as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(65536)
        code, seconds = probe.process.stop(signal.SIGTERM)
        lifespan = "ran" if probe.events("lifespan.shutdown") else "did not run"
        return f"exit {code} after {seconds:.1f} s, lifespan.shutdown {lifespan}"


def unix_socket(server: Server) -> str:
    path = _free_socket_path(server)
    with _unix_probe(server, path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        answer = json.loads(_ask(client, "/").partition(b"\r\n\r\n")[2])
        return f"client is {answer['client']}"


def stale_unix_socket(server: Server) -> str:
    """A socket file that a killed server left behind."""
    path = _free_socket_path(server)
    with socket.socket(socket.AF_UNIX) as abandoned:
        abandoned.bind(str(path))
    try:
        with _unix_probe(server, path):
            return "starts"
    except SystemExit:
        return "does not start"
    finally:
        path.unlink(missing_ok=True)


def taken_port(server: Server) -> str:
    with _probe(server) as probe:
        log = WORK / "logs" / "probe-second.jsonl"
        log.write_text("")
        with Process(server.command(probe.port), APPS / "probe", {"PROBE_LOG": str(log)}) as second:
            time.sleep(3)
            return "starts beside the other" if second.running else "does not start"


def _free_socket_path(server: Server) -> Path:
    path = WORK / f"{server.name}.sock"
    path.unlink(missing_ok=True)
    return path


@contextlib.contextmanager
def _unix_probe(server: Server, path: Path) -> Generator[None]:
    command = server.command(0)
    host = command.index("--host")
    command[host : host + 4] = ["--uds", str(path)]
    log = WORK / "logs" / "probe-unix.jsonl"
    with Process(command, APPS / "probe", {"PROBE_LOG": str(log)}) as process:

        def connects() -> bool:
            with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
                client.connect(str(path))
                return True
            return False

        if not _wait(connects, 3):
            raise SystemExit(process.log_tail())
        yield


FACTS: Final[Mapping[str, Callable[[Server], str]]] = {
    "raw_path of /a%2Fb/%E9": raw_path,
    "header of 1 MiB": long_header,
    "1,000 headers": many_headers,
    "headers never finished": unfinished_headers,
    "idle kept-alive connection": idle_connection,
    "client that does not read": slow_client,
    "client that leaves: receive()": leaving_client,
    "client that left: send()": send_after_disconnect,
    "SIGTERM, nothing to do": idle_stop,
    "SIGTERM during a 2 s request": graceful_stop,
    "SIGTERM during work after the answer": work_after_answer,
    "SIGTERM, endless stream, limit 1 s": endless_stop,
    "unix socket": unix_socket,
    "unix socket, file left behind": stale_unix_socket,
    "port taken by the same server": taken_port,
}


def collect() -> dict[str, dict[str, str]]:
    """For each question the answer of each server."""
    facts: dict[str, dict[str, str]] = {}
    for question, find in FACTS.items():
        facts[question] = {server.label: find(server) for server in SERVERS}
        print(f"{question}: {facts[question]}", flush=True)
    return facts


def table(facts: Mapping[str, Mapping[str, str]]) -> Table:
    rows = [[question, *answers.values()] for question, answers in facts.items()]
    return Table("What the servers do", ["", *(server.label for server in SERVERS)], rows, figures=False)
