"""Load on a server, made by wrk on a core of its own."""

from __future__ import annotations

import json
import subprocess
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
