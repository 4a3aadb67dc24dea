"""An app whose every answer comes from a cache, the server that its values come from, and what asks it."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import json
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .servers import APP, Server, byway, copy_app

CACHE_APP = Path(__file__).parent / "cache_app"

#: Routes of the app, each with a ``[slug]``, that cache a value: a kept answer, a fetch, both kinds of functions.
KINDS = ("isr", "data", "function", "unstable")


class Upstream:
    """A server that answers ``/slug`` with the version of the value ``slug``, and counts how often it was asked."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def say(self, slug: str, version: int) -> None:
        """Answer with ``version`` from now on; at first it is 1."""
        self._versions[slug] = version

    def times(self, slug: str) -> int:
        """How often ``slug`` was asked for."""
        return self._times[slug]

    def answer(self, slug: str) -> bytes:
        with self._lock:
            self._times[slug] += 1
        return json.dumps({"slug": slug, "version": self._versions.get(slug, 1)}).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, upstream: Upstream, *arguments: Any) -> None:
        self.upstream = upstream
        super().__init__(*arguments)

    def do_GET(self) -> None:
        body = self.upstream.answer(self.path.strip("/"))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Seen:
    """An answer, and which worker gave it."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def worker(self) -> int:
        return int(self.headers["x-worker"])

    @property
    def state(self) -> str | None:
        return self.headers["x-byway-cache"]

    @property
    def version(self) -> int:
        assert self.status == 200, self.text
        version: int = json.loads(self.text)["version"]
        return version


def ask(
    server: Server,
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    timeout: float = 30,
) -> Seen:
    """A request on a connection of its own, so that any worker may answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)
    try:
        connection.request(method, path, body, {"connection": "close", **(headers or {})})
        answer = connection.getresponse()
        return Seen(answer.status, answer.headers, answer.read().decode())
    finally:
        connection.close()


def from_all(server: Server, path: str, count: int) -> list[Seen]:
    """Answers of ``count`` workers or more: all that came until each had given one."""
    seen: list[Seen] = []
    deadline = time.monotonic() + 20
    while len({one.worker for one in seen}) < count:
        assert time.monotonic() < deadline, f"Only {len({one.worker for one in seen})} workers answer."
        seen.append(ask(server, path))
    return seen


def revalidate(server: Server, **what: object) -> int:
    """Have some worker invalidate ``tag`` (with ``profile``) or ``path`` (with ``type``); returns which one did."""
    answer = ask(server, "/revalidate", "POST", {"content-type": "application/json"}, json.dumps(what))
    assert answer.status == 200, answer.text
    return answer.worker


@dataclass(frozen=True)
class Place:
    """A copy of the app, and the environment to build and start it in."""

    root: Path
    env: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """The folder that the app's own folder lies in; in it are the ``marks`` that the build leaves."""
        return self.root.parent

    @property
    def generation_file(self) -> Path:
        return Path(self.env["GENERATION"])

    def build(self) -> Place:
        """``byway build``."""
        done = byway("build", self.root, env={**self.env, "MARKS": str(self.folder / "marks")})
        assert done.code == 0, done.stderr
        return self

    def copy(self, root: Path) -> Place:
        """The same build in another folder, as on another machine; what it has cached stays behind."""
        shutil.copytree(self.root, root, ignore=shutil.ignore_patterns("cache", "__pycache__"))
        return Place(root, self.env)


def cache_app(folder: Path, upstream: Upstream, **env: str) -> Place:
    """A copy of the app in ``folder``, not built yet."""
    folder.mkdir(parents=True, exist_ok=True)
    root = copy_app(CACHE_APP, folder)
    shutil.copy(APP / "lib/marks.py", root / "lib")
    (folder / "generation").write_text("0")
    return Place(root, {"UPSTREAM": upstream.url, "GENERATION": str(folder / "generation"), **env})


def at_once(servers: Sequence[Server], path: str, count: int) -> list[Seen]:
    """The answers to ``count`` requests, on connections that are all there before the first one is sent."""

    async def one(server: Server, ready: asyncio.Barrier) -> Seen:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        await ready.wait()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n".encode())
        data = await reader.read(-1)
        writer.close()
        head, _, body = data.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = http.client.HTTPMessage()
        for line in lines:
            name, _, value = line.partition(": ")
            headers[name] = value
        return Seen(int(status.split()[1]), headers, body.decode())

    async def run() -> list[Seen]:
        ready = asyncio.Barrier(count)
        async with asyncio.timeout(60):
            return await asyncio.gather(*(one(servers[index % len(servers)], ready) for index in range(count)))

    return asyncio.run(run())


def check(text: str, slug: str) -> int:
    """The oldest generation of which an answer of ``/checked/slug`` is made. Fails unless it is whole."""
    generations: list[int] = []
    for one, name in zip(json.loads(text), (slug, f"part-{slug}"), strict=True):
        what, generation, digest, chaff = one.split()
        assert what == name
        assert hashlib.sha256(f"{what} {generation} {chaff}".encode()).hexdigest() == digest
        generations.append(int(generation))
    return min(generations)


@dataclass
class Load:
    """Threads that ask for ``/checked/…``, and what came of it.

    Once `invalidate` has returned, no answer to a request that begins thereafter may be older.
    """

    place: Place
    slugs: Sequence[str]
    answered: int = 0
    cut: int = 0
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list[str])
    floors: dict[int, int] = field(default_factory=dict[int, int])
    _done: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _generation: int = 0

    def invalidate(self, server: Server) -> int:
        """Make a new generation, and have a worker of ``server`` invalidate the ones before; returns it."""
        with self._lock:
            self._generation += 1
            generation = self._generation
            new = self.place.generation_file.with_suffix(".new")
            new.write_text(str(generation))
            new.replace(self.place.generation_file)
        while True:
            try:
                revalidate(server, tag="checked")
                break
            except (OSError, http.client.HTTPException):
                # Its worker was killed: nobody can tell whether it did.
                time.sleep(0.02)
        self.floors[server.port] = generation
        return generation

    def ask(self, server: Server, slug: str) -> None:
        floor, began = self.floors.get(server.port, 0), time.monotonic()
        try:
            seen = ask(server, f"/checked/{slug}")
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, TimeoutError):
                self.wrong.append(f"no answer for {slug} within 30 seconds")
            self.cut += 1
            time.sleep(0.01)
            return
        self.slowest = max(self.slowest, time.monotonic() - began)
        if seen.status != 200:
            self.wrong.append(f"{seen.status} {seen.text[:200]}")
            return
        try:
            generation = check(seen.text, slug)
        except (AssertionError, ValueError) as error:
            self.wrong.append(f"torn: {seen.text[:200]!r}: {error}")
            return
        if generation < floor:
            self.wrong.append(f"{slug} is of generation {generation}, invalidated by {floor} ({seen.state})")
        self.answered += 1

    def _run(self, servers: Sequence[Server], seed: int) -> None:
        chance = random.Random(seed)
        while not self._done.is_set():
            self.ask(chance.choice(servers), chance.choice(self.slugs))

    @contextmanager
    def on(self, *servers: Server, threads: int = 4) -> Generator[None]:
        """Ask ``servers`` for as long as the ``with`` block runs."""
        running = [threading.Thread(target=self._run, args=(servers, seed)) for seed in range(threads)]
        for thread in running:
            thread.start()
        try:
            yield
        finally:
            self._done.set()
            for thread in running:
                thread.join()
            self._done.clear()


def during(seconds: float, do: Callable[[], Any], every: float = 0.1) -> None:
    """Do something again and again for some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        do()
        time.sleep(every)
