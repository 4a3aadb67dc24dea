"""Compression: which answers are compressed, for whom, and that nothing is held back."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from byway.asgi import Application
from byway.asgi.codings import Coding, installed
from byway.asgi.compression import is_compressible

from ..support import Peer, call, loaded, route, write_app
from .decoding import DECODE, LIBRARIES, Reading

TEXT = "a text that repeats itself. " * 100
FILES = {
    "app/text/route.py": route(f"async def GET(): return Response({TEXT!r})"),
    "app/small/route.py": route("async def GET(): return Response('x' * 1023)"),
    "app/image/route.py": route("async def GET(): return Response(b'x' * 5000, headers={'content-type': 'image/png'})"),
    "app/tagged/route.py": route(
        f"async def GET(): return Response({TEXT!r}, headers={{'etag': '\"a\"', 'vary': 'x-a'}})"
    ),
    "app/forbidden/route.py": route(
        f"async def GET(): return Response({TEXT!r}, headers={{'cache-control': 'no-transform'}})"
    ),
    "app/stream/route.py": route("""
        async def chunks():
            for n in range(3):
                yield f"chunk {n} " + "-" * 100
        async def GET():
            return Response(chunks(), headers={"content-type": "text/plain"})
    """),
    "app/short-stream/route.py": route("""
        async def chunks():
            yield "x" * 1023
        async def GET():
            return Response(chunks(), headers={"content-type": "text/plain", "content-length": "1023"})
    """),
    "app/long-stream/route.py": route("""
        async def chunks():
            yield "x" * 1024
        async def GET():
            return Response(
                chunks(), headers={"content-type": "text/plain", "content-length": "1024", "etag": '"a"'}
            )
    """),
    "app/own-head/route.py": route("""
        headers = {"content-type": "text/plain", "content-length": "5000", "etag": '"a"'}
        async def HEAD(): return Response(None, headers=headers)
    """),
    "app/bare-head/route.py": route("""
        async def HEAD(): return Response(None, headers={"content-type": "text/plain", "etag": '"a"'})
    """),
    "app/events/route.py": route("""
        async def chunks():
            yield "data: 1\\n\\n"
        async def GET(): return Response(chunks(), headers={"content-type": "text/event-stream"})
    """),
    "public/large.js": "// a script\n" * 20_000,
    "public/small.css": "a{}\n" * 500,
}
GZIP = [("accept-encoding", "gzip")]
CODINGS = ["gzip", "br", "zstd"]


def ask(root: Path, path: str, method: str = "GET", headers: list[tuple[str, str]] = GZIP, config: str = "") -> Peer:
    files = FILES | ({"byway_config.py": config} if config else {})
    with loaded(write_app(root, files)) as application:
        return asyncio.run(call(application, path, method, headers=headers))


def body_of(peer: Peer) -> bytes:
    return b"".join(peer.chunks)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_text_is_compressed_for_who_takes_it(tmp_path: Path, coding: str) -> None:
    peer = ask(tmp_path, "/text", headers=[("accept-encoding", coding)])
    assert (peer.header("content-encoding"), peer.header("vary")) == (coding, "accept-encoding")
    assert peer.header("content-length") == str(len(body_of(peer)))
    assert DECODE[coding](body_of(peer)).decode() == TEXT
    assert len(body_of(peer)) < len(TEXT) / 5


def test_what_comes_in_several_headers_is_one_list(tmp_path: Path) -> None:
    peer = ask(tmp_path, "/text", headers=[("accept-encoding", "zstd;q=0, br;q=0.5"), ("accept-encoding", "*;q=0.6")])
    assert peer.header("content-encoding") == "gzip"


@pytest.mark.parametrize("value", ["", "deflate", "gzip;q=0", "identity", "*;q=0", "gzip;q=x"])
def test_for_others_it_is_not_but_caches_are_told(tmp_path: Path, value: str) -> None:
    peer = ask(tmp_path, "/text", headers=[("accept-encoding", value)])
    assert (peer.header("content-encoding"), peer.header("vary")) == (None, "accept-encoding")
    assert (peer.text, peer.header("content-length")) == (TEXT, str(len(TEXT)))


def test_a_coding_whose_library_is_not_installed_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in LIBRARIES:
        monkeypatch.setitem(sys.modules, name, None)
    for value, coding in [("br, zstd", None), ("br, zstd, gzip;q=0.1", "gzip")]:
        peer = ask(tmp_path, "/text", headers=[("accept-encoding", value)])
        assert (peer.header("content-encoding"), peer.header("vary")) == (coding, "accept-encoding")


def test_an_app_that_does_not_compress_loads_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("byway.asgi.compression.installed", lambda: asked.append(1) or installed())
    ask(tmp_path, "/text", config="from byway import Config\nconfig = Config(compress=False)\n")
    assert asked == []
    ask(tmp_path, "/text", config="from byway import Config\nconfig = Config()\n")
    assert asked == [1]


@pytest.mark.parametrize("path", ["/small", "/image", "/forbidden"])
def test_what_is_small_compressed_or_forbidden_is_left_alone(tmp_path: Path, path: str) -> None:
    peer = ask(tmp_path, path)
    assert (peer.header("content-encoding"), peer.header("vary")) == (None, None)


def test_compress_false_leaves_everything_alone(tmp_path: Path) -> None:
    for path in ("/text", "/stream", "/large.js"):
        peer = ask(tmp_path, path, config="from byway import Config\nconfig = Config(compress=False)\n")
        assert (peer.header("content-encoding"), peer.header("vary")) == (None, None)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_strong_tag_becomes_a_weak_one(tmp_path: Path, coding: str) -> None:
    peer = ask(tmp_path, "/tagged", headers=[("accept-encoding", coding)])
    assert peer.header("etag") == 'W/"a"'
    assert [value for name, value in peer.headers if name == "vary"] == ["x-a", "accept-encoding"]
    assert ask(tmp_path, "/tagged", headers=[]).header("etag") == '"a"'


@pytest.mark.parametrize("coding", CODINGS)
def test_each_chunk_of_a_stream_is_sent_whole_and_at_once(tmp_path: Path, coding: str) -> None:
    peer = ask(tmp_path, "/stream", headers=[("accept-encoding", coding)])
    assert (peer.header("content-encoding"), peer.header("content-length")) == (coding, None)
    reading = Reading(coding)
    seen = [reading.read(chunk).decode() for chunk in peer.chunks]
    assert seen[:3] == [f"chunk {n} " + "-" * 100 for n in range(3)]
    assert reading.is_at_end


@pytest.mark.parametrize("coding", CODINGS)
def test_a_stream_of_events_is_left_alone(tmp_path: Path, coding: str) -> None:
    peer = ask(tmp_path, "/events", headers=[("accept-encoding", coding)])
    assert (peer.header("content-encoding"), peer.header("vary"), peer.text) == (None, None, "data: 1\n\n")


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("path", ["/large.js", "/small.css"])
def test_files_are_compressed_but_ranges_of_them_are_not(tmp_path: Path, path: str, coding: str) -> None:
    taken = ("accept-encoding", coding)
    peer = ask(tmp_path, path, headers=[taken])
    assert (peer.header("content-encoding"), peer.header("accept-ranges")) == (coding, None)
    assert DECODE[coding](body_of(peer)).decode() == FILES[f"public{path}"]
    part = ask(tmp_path, path, headers=[taken, ("range", "bytes=0-2999")])
    assert (part.status, part.header("content-encoding")) in [(206, None), (416, None)]
    whole = ask(tmp_path, path, headers=[])
    assert whole.header("content-length") == str(len(FILES[f"public{path}"]))


def test_a_client_that_has_the_answer_is_told_so_in_spite_of_compression(tmp_path: Path) -> None:
    async def scenario(application: Application) -> None:
        first = await call(application, "/small.css", headers=GZIP)
        tag = ("if-none-match", first.header("etag") or "")
        again = await call(application, "/small.css", headers=[*GZIP, tag])
        assert (again.status, again.header("content-encoding"), body_of(again)) == (304, None, b"")
        assert again.header("vary") == first.header("vary") == "accept-encoding"

    with loaded(write_app(tmp_path, FILES)) as application:
        asyncio.run(scenario(application))


@pytest.mark.parametrize("headers", [GZIP, [("accept-encoding", "zstd")], [("accept-encoding", "br")], []])
@pytest.mark.parametrize(
    "path", ["/text", "/tagged", "/small", "/image", "/stream", "/short-stream", "/long-stream", "/large.js", "/events"]
)
def test_head_tells_the_headers_that_get_is_answered_with(
    tmp_path: Path, path: str, headers: list[tuple[str, str]]
) -> None:
    async def scenario(application: Application) -> list[Peer]:
        return [await call(application, path, method, headers=headers) for method in ("GET", "HEAD")]

    with loaded(write_app(tmp_path, FILES)) as application:
        get, head = asyncio.run(scenario(application))
    assert (head.status, sorted(head.headers), body_of(head)) == (get.status, sorted(get.headers), b"")


def test_a_head_of_the_apps_own_that_tells_the_length_is_taken_for_an_answer_that_would_be_compressed(
    tmp_path: Path,
) -> None:
    peer = ask(tmp_path, "/own-head", "HEAD")
    assert (peer.header("content-encoding"), peer.header("content-length")) == ("gzip", None)
    assert (peer.header("etag"), peer.header("vary")) == ('W/"a"', "accept-encoding")
    peer = ask(tmp_path, "/bare-head", "HEAD")
    assert (peer.header("content-encoding"), peer.header("etag"), peer.header("vary")) == (None, '"a"', None)


def test_a_stream_that_announces_to_be_short_is_left_alone(tmp_path: Path) -> None:
    peer = ask(tmp_path, "/short-stream")
    assert (peer.header("content-encoding"), peer.header("content-length"), peer.text) == (None, "1023", "x" * 1023)
    assert peer.header("vary") is None
    assert ask(tmp_path, "/long-stream").header("content-encoding") == "gzip"


@pytest.mark.parametrize(
    ("content_type", "fits"),
    [
        ("text/html; charset=utf-8", True),
        ("application/json", True),
        ("application/problem+json", True),
        ("image/svg+xml", True),
        ("application/wasm", True),
        ("TEXT/CSS", True),
        ("text/event-stream", False),
        ("text/event-stream;charset=utf-8", False),
        ("image/jpeg", False),
        ("application/octet-stream", False),
        ("application/jsonx", False),
        ("video/mp4", False),
    ],
)
def test_types_that_get_smaller_are_compressible(content_type: str, fits: bool) -> None:
    assert is_compressible(200, [(b"content-type", content_type.encode())]) is fits


@pytest.mark.parametrize("status", [204, 206, 304])
def test_answers_without_a_whole_body_are_not(status: int) -> None:
    assert not is_compressible(status, [(b"content-type", b"text/plain")])


def counting(made: Counter[str], coding: Coding) -> Coding:
    def whole(body: bytes) -> bytes:
        made[coding.name] += 1
        return coding.whole(body)

    return replace(coding, whole=whole)


def test_what_comes_again_is_compressed_once_for_each_coding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: Counter[str] = Counter()
    monkeypatch.setattr(
        "byway.asgi.compression.installed", lambda: tuple(counting(made, coding) for coding in installed())
    )

    async def scenario(application: Application) -> None:
        for path in ("/tagged", "/text"):
            for coding in CODINGS * 3:
                peer = await call(application, path, headers=[("accept-encoding", coding)])
                assert peer.header("content-encoding") == coding
                assert DECODE[coding](body_of(peer)).decode() == TEXT

    with loaded(write_app(tmp_path, FILES)) as application:
        asyncio.run(scenario(application))
    assert made == dict.fromkeys(CODINGS, 1 + 3)
