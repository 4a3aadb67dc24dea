"""The benchmarks by name: each measures, prints a table, and saves its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import cache
import cold_start
import environment
import images
import matcher
import pipeline
import reload
import report
import serve
import server_facts
import stores
from servers import BARE, SERVERS


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for; ``only`` None is every server."""

    seconds: float
    rounds: int
    only: frozenset[str] | None
    seed: int

    def choose(self, names: Iterable[str]) -> list[str]:
        """The wanted ones of these servers; the floor is always among them."""
        return [name for name in names if self.only is None or name == BARE or name in self.only]


def run_serve(options: Options) -> None:
    environment.require_wrk()
    chosen = [SERVERS[name] for name in options.choose(SERVERS)]
    samples = serve.compare(chosen, options.seconds, options.rounds, options.seed)
    report.show(serve.table("One JSON handler: GET /items/[id]?q=", chosen, samples, BARE))
    report.save("serve", {server.label: samples[server.name] for server in chosen})


def run_servers(options: Options) -> None:
    environment.require_wrk()
    chosen = server_facts.SERVERS
    samples = serve.compare(chosen, options.seconds, options.rounds, options.seed)
    report.show(serve.table("The bare ASGI callable on two servers", chosen, samples, chosen[0].name))
    facts = server_facts.collect()
    report.show(server_facts.table(facts))
    report.save("servers", {"speed": {server.label: samples[server.name] for server in chosen}, "facts": facts})


def run_matcher(options: Options) -> None:
    figures = matcher.measure(options.rounds)
    report.show(matcher.table(figures))
    report.save("matcher", figures)


def run_pipeline(options: Options) -> None:
    figures = pipeline.measure(options.rounds)
    report.show(pipeline.table(figures))
    report.save("pipeline", figures)


def run_cold_start(options: Options) -> None:
    figures = cold_start.measure(options.choose(cold_start.STARTERS), options.rounds)
    report.show(cold_start.table(figures))
    report.save("cold-start", figures)


def run_reload(options: Options) -> None:
    figures = reload.measure(options.choose(reload.DEV_SERVERS), edits=5 * options.rounds)
    report.show(reload.table(figures))
    report.save("reload", figures)


def run_cache(options: Options) -> None:
    environment.require_wrk()
    chosen = [cache.SERVERS[name] for name in options.choose(cache.SERVERS)]
    samples = serve.compare(chosen, options.seconds, options.rounds, options.seed)
    report.show(serve.table("One JSON answer, kept", chosen, samples, BARE))
    memory = cache.measure_memory()
    report.show(cache.memory_table(memory))
    with cache.redis() as url:
        kept = stores.measure(cache.ENTRIES, url)
    report.show(stores.table(kept))
    speed = {server.label: samples[server.name] for server in chosen}
    report.save("cache", {"speed": speed, "memory": memory, "stores": kept})


def run_images(options: Options) -> None:
    drawn = images.measure_images(options.rounds)
    report.show(images.image_table(drawn))
    written = images.measure_sitemaps(options.rounds)
    report.show(images.sitemap_table(written))
    report.save("images", {"images": drawn, "sitemaps": written})


BENCHMARKS: Final[Mapping[str, Callable[[Options], None]]] = {
    "serve": run_serve,
    "servers": run_servers,
    "matcher": run_matcher,
    "pipeline": run_pipeline,
    "cold-start": run_cold_start,
    "reload": run_reload,
    "cache": run_cache,
    "images": run_images,
}
