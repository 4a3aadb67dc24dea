"""Images and sitemaps: milliseconds for one, against Next.js in the same run.

The images are the cards of the tests (`tests/imaging/cards`), in the default font. Both sides run in a process of their
own that is asked for each card in turn, both warm; the sitemap is written in a fresh process each time.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from environment import APPS, PROJECT, prepare_next

if TYPE_CHECKING:
    from report import Table

    from byway.metadata.sitemap import SitemapEntry

CARDS: Final = PROJECT / "tests/imaging/cards"
# Emoji and the scripts of 04 would be loaded from the network by the original.
DRAWN: Final = ("01-about", "02-card", "03-icon", "06-backgrounds", "08-transform", "09-text", "11-images", "13-html")
WARM_UP: Final = 15
TIMES: Final = 7
URLS: Final = 50_000


@dataclass(frozen=True, slots=True)
class ImageFigures:
    """Of one card: milliseconds of each round, ours and theirs, and the bytes of the file."""

    card: str
    ours: list[float]
    theirs: list[float]
    our_bytes: int
    their_bytes: int


@dataclass(frozen=True, slots=True)
class SitemapFigures:
    """Milliseconds for one sitemap, one for each round; the bytes that the process's memory grew by at most."""

    name: str
    ms: list[float]
    memory: list[int]
    length: int


class _Painter(AbstractContextManager["_Painter"]):
    """A process that draws cards on demand."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def draw(self, card: str, times: int) -> tuple[float, int]:
        """The median of the milliseconds of ``times`` images, and how many bytes one has."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"card": card, "times": times}), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        return median(answer["ms"]), answer["bytes"]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


def measure_images(rounds: int) -> list[ImageFigures]:
    next_app = prepare_next()
    us = [sys.executable, __file__, "draw"]
    them = ["node", str(APPS / "images/draw.mjs"), str(next_app), str(CARDS)]
    with _Painter(us) as our, _Painter(them) as their:
        figures: list[ImageFigures] = []
        for card in DRAWN:
            ours: list[float] = []
            theirs: list[float] = []
            _, our_bytes = our.draw(card, WARM_UP)
            _, their_bytes = their.draw(card, WARM_UP)
            for number in range(rounds):
                sides = [(our, ours), (their, theirs)]
                for painter, found in sides if number % 2 else reversed(sides):
                    found.append(painter.draw(card, TIMES)[0])
            figures.append(ImageFigures(card, ours, theirs, our_bytes, their_bytes))
        return figures


def measure_sitemaps(rounds: int) -> list[SitemapFigures]:
    them = ["node", str(APPS / "images/sitemap.mjs"), str(prepare_next()), str(URLS)]
    commands = {
        "Byway, a list": [sys.executable, __file__, "sitemap", "list", str(URLS)],
        "Byway, a generator": [sys.executable, __file__, "sitemap", "generator", str(URLS)],
        "Next.js": them,
    }
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            done = subprocess.run([*command, str(TIMES)], capture_output=True, text=True, check=True)
            found[name].append(json.loads(done.stdout))
    return [
        SitemapFigures(
            name,
            [median(each["ms"]) for each in answers],
            [each["peak"] - each["before"] for each in answers],
            answers[0]["bytes"],
        )
        for name, answers in found.items()
    ]


def image_table(figures: list[ImageFigures]) -> Table:
    from report import Table

    rows: list[list[str]] = []
    for each in figures:
        ratios = [ours / theirs for ours, theirs in zip(each.ours, each.theirs, strict=True)]
        rows.append(
            [
                each.card,
                f"{median(each.ours):.1f}",
                f"{median(each.theirs):.1f}",
                f"{median(ratios):.2f}",
                f"{min(ratios):.2f}-{max(ratios):.2f}",
                f"{each.our_bytes / 1024:.0f}",
                f"{each.their_bytes / 1024:.0f}",
            ]
        )
    columns = ["card", "Byway ms", "@vercel/og ms", "ratio", "range", "Byway KiB", "@vercel/og KiB"]
    return Table("One image", columns, rows)


def sitemap_table(figures: list[SitemapFigures]) -> Table:
    from report import Table

    floor = figures[-1].ms
    rows = [
        [
            each.name,
            f"{median(each.ms):.0f}",
            f"{median(ours / theirs for ours, theirs in zip(each.ms, floor, strict=True)):.2f}",
            f"{median(each.memory) / 2**20:.0f}",
            f"{each.length / 2**20:.1f}",
        ]
        for each in figures
    ]
    return Table(f"A sitemap of {URLS:,} URLs", ["", "ms", "ratio", "memory MiB", "MiB sent"], rows)


async def _draw() -> None:
    """What `draw.mjs` does, with Byway."""
    sys.path.insert(0, str(CARDS.parent))
    from trees import to_html

    from byway.og import ImageResponse

    for line in sys.stdin:
        asked = json.loads(line)
        tree = json.loads((CARDS / f"{asked['card']}.json").read_text("utf-8"))
        html = to_html(tree["element"])
        size = {name: tree["options"][name] for name in ("width", "height") if name in tree["options"]}
        ms: list[float] = []
        image = b""
        for _ in range(asked["times"]):
            begun = time.perf_counter()
            image = await ImageResponse(html, **size).bytes()
            ms.append((time.perf_counter() - begun) * 1e3)
        print(json.dumps({"ms": ms, "bytes": len(image)}), flush=True)


def _sitemap(kind: str, urls: int, times: int) -> None:
    """What `sitemap.mjs` does, with Byway: as a list, or as a generator whose chunks are sent as they come."""
    from byway.metadata.sitemap import serialise_sitemap

    def entries() -> Iterator[SitemapEntry]:
        first = datetime(2026, 1, 1, tzinfo=UTC)
        for number in range(urls):
            yield {
                "url": f"https://example.com/items/{number}?page=1",
                "last_modified": first + timedelta(days=number % 365),
                "change_frequency": "weekly",
                "priority": 0.5,
            }

    gc.collect()
    before = _resident("VmRSS")
    ms: list[float] = []
    length = 0
    for _ in range(times):
        begun = time.perf_counter()
        length = sum(map(len, serialise_sitemap(list(entries()) if kind == "list" else entries())))
        ms.append((time.perf_counter() - begun) * 1e3)
    print(json.dumps({"ms": ms, "bytes": length, "before": before, "peak": _resident("VmHWM")}))


def _resident(name: str) -> int:
    lines = Path(f"/proc/{os.getpid()}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


if __name__ == "__main__":
    if sys.argv[1] == "draw":
        asyncio.run(_draw())
    else:
        _sitemap(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
