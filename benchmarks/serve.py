"""Requests per second, latency, memory and processor time of one small JSON handler, server against server."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from load import load
from processes import free_port
from report import Table
from servers import BODY, Server

WARM_UP_STEPS: Final = 10
WARM_UP_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """One server in one round."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    resident_bytes: int
    cpu_us_per_request: float

    @property
    def core_use(self) -> float:
        """Share of one core that the server used; below 1 the load generator, or a neighbour, held it back."""
        return self.requests_per_second * self.cpu_us_per_request / 1e6


def measure(server: Server, directory: Path, seconds: float) -> Sample:
    port = free_port()
    url = f"http://127.0.0.1:{port}{server.path}"
    with server.start(directory, port) as process:
        process.wait_for(port, server.path, BODY)
        warm_up(url)
        before = process.cpu_seconds()
        seen = load(url, seconds)
        spent = process.cpu_seconds() - before
        return Sample(
            requests_per_second=seen.requests_per_second,
            p50_ms=seen.p50_ms,
            p99_ms=seen.p99_ms,
            resident_bytes=process.resident_bytes(),
            cpu_us_per_request=spent / seen.requests * 1e6,
        )


def warm_up(url: str) -> None:
    """Load the server until it gets no faster: what compiles as it runs needs ten seconds and more."""
    best = 0.0
    for _ in range(WARM_UP_STEPS):
        rate = load(url, WARM_UP_SECONDS).requests_per_second
        if rate < best * 1.05:
            return
        best = rate


def compare(servers: Sequence[Server], seconds: float, rounds: int, seed: int) -> Mapping[str, list[Sample]]:
    """Measure every server once in every round, each round in an order of its own.

    What disturbs the machine for a while disturbs all the servers of a round rather than one of them.
    """
    directories = {server.name: server.prepare() for server in servers}
    samples: dict[str, list[Sample]] = {server.name: [] for server in servers}
    chance = random.Random(seed)
    for number in range(1, rounds + 1):
        for server in chance.sample(servers, len(servers)):
            sample = measure(server, directories[server.name], seconds)
            samples[server.name].append(sample)
            print(f"round {number}/{rounds}  {server.label:<28}{sample.requests_per_second:>10,.0f} req/s", flush=True)
    return samples


def table(title: str, servers: Sequence[Server], samples: Mapping[str, list[Sample]], baseline: str) -> Table:
    """Medians over the rounds; a ratio is the median of the ratios within each round."""

    def row(server: Server) -> list[str]:
        own, floor = samples[server.name], samples[baseline]

        def middle(read: str) -> float:
            return float(median(getattr(sample, read) for sample in own))

        def ratio(read: str) -> str:
            return f"{median(getattr(a, read) / getattr(b, read) for a, b in zip(own, floor, strict=True)):.2f}"

        rates = [sample.requests_per_second for sample in own]
        return [
            server.label,
            f"{median(rates):,.0f}",
            ratio("requests_per_second"),
            f"{min(rates):,.0f}-{max(rates):,.0f}",
            f"{middle('cpu_us_per_request'):.1f}",
            ratio("cpu_us_per_request"),
            f"{middle('core_use'):.0%}",
            f"{middle('p50_ms'):.2f}",
            f"{middle('p99_ms'):.2f}",
            f"{middle('resident_bytes') / 2**20:.0f}",
        ]

    ordered = sorted(servers, key=lambda server: -median(s.requests_per_second for s in samples[server.name]))
    columns = ["server", "req/s", "ratio", "range", "CPU µs/req", "ratio", "core", "p50 ms", "p99 ms", "RSS MiB"]
    return Table(title, columns, [row(server) for server in ordered])
