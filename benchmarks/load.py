"""Load on a server, made by wrk on a core of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from dataclasses import dataclass
from typing import Final

from environment import HERE
from processes import LOAD_CORE, pinned

CONNECTIONS: Final = 64
TIMEOUT_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of the load generator saw."""

    requests: int
    requests_per_second: float
    p50_ms: float
    p99_ms: float


def load(url: str, seconds: float) -> Load:
    """Send requests for a while over kept-alive connections.

    :raises SystemExit: an answer was an error, or a connection broke: such figures mean nothing.
    """
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds:g}s"]
    command += ["--timeout", f"{TIMEOUT_SECONDS}s"]
    output = subprocess.run(
        pinned(LOAD_CORE, [*command, "--script", str(HERE / "wrk_report.lua"), url]),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    report = json.loads(output.splitlines()[-1])
    if report["failed"]:
        raise SystemExit(f"{report['failed']} of {report['requests']} requests to {url} failed.")
    return Load(
        requests=report["requests"],
        requests_per_second=report["requests"] / (report["duration_us"] / 1e6),
        p50_ms=report["p50_us"] / 1e3,
        p99_ms=report["p99_us"] / 1e3,
    )


def fill(port: int, prefix: str, paths: int) -> float:
    """Ask once for each path that is ``prefix`` with 1, 2, 3 … ``paths`` at its end; returns the seconds it takes.

    :raises SystemExit: an answer was an error.
    """
    begun = time.perf_counter()
    asyncio.run(_fill(port, prefix, paths))
    return time.perf_counter() - begun


async def _fill(port: int, prefix: str, paths: int) -> None:
    numbers = iter(range(1, paths + 1))

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            writer.write(f"GET {prefix}{number} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if not head.startswith(b"http/1.1 200"):
                raise SystemExit(f"{prefix}{number} was answered with an error:\n{head.decode()}")
            await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r", 1)[0]))
        writer.close()

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
