"""Answering with files of ``pages/api``: when an answer goes out, what becomes of one that does not come, bounds."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import httpx2
import pytest

from byway.build import build
from byway.build.manifest import read_manifest
from byway.problems import AppError
from byway.runtime import api_routes
from byway.testing import Client

from ..support import Peer, call, loaded, make_scope, write_app

IMPORTS = """\
import asyncio
import threading
import time

import byway
from byway.server import ApiRequest, ApiResponse, after

"""


def api(text: str) -> str:
    """The text of a file of ``pages/api`` that may use Byway's names without importing them."""
    return IMPORTS + dedent(text)


@contextmanager
def serve(root: Path, text: str, **others: str) -> Generator[Client]:
    """A client of the app whose ``pages/api/x.py`` is ``text``."""
    with Client(write_app(root, {"pages/api/x.py": api(text), **others})) as client:
        yield client


def errors_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as an error, with the exception that belongs to it."""
    return [
        f"{record.getMessage()} {record.exc_info[1] if record.exc_info else ''}".strip()
        for record in caplog.records
        if record.levelno >= logging.ERROR
    ]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_handler_answers_with_what_it_fills_in(tmp_path: Path, kind: str) -> None:
    text = f"""
        {kind} handler(req, res):
            res.status(201).set_header("x-a", "b").json([req.method, req.query, req.body, req.cookies])
    """
    with serve(tmp_path, text) as client:
        client.cookies.set("c", "d")
        answer = client.put("/api/x?q=1", json={"a": 1})
    assert answer.status_code == 201
    assert answer.json() == ["PUT", {"q": "1"}, {"a": 1}, {"c": "d"}]
    assert answer.headers["x-a"] == "b"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_every_method_reaches_the_handler(tmp_path: Path, method: str) -> None:
    with serve(tmp_path, "def handler(req, res): res.send(req.method)") as client:
        assert client.request(method, "/api/x").text == method


def test_head_runs_the_handler_and_sends_no_body(tmp_path: Path) -> None:
    with serve(tmp_path, "def handler(req, res): res.set_header('x-method', req.method).send('body')") as client:
        answer = client.head("/api/x")
    assert (answer.status_code, answer.headers["x-method"], answer.headers["content-length"]) == (200, "HEAD", "4")
    assert answer.content == b""


def test_what_a_handler_returns_is_ignored(tmp_path: Path) -> None:
    with serve(tmp_path, "def handler(req, res): return res.json({}) or {'ignored': True}") as client:
        assert client.get("/api/x").json() == {}


# Bodies


def test_a_body_that_is_refused_does_not_reach_the_handler(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = """
        config = {"api": {"body_parser": {"size_limit": "1kb"}}}
        def handler(req, res): raise AssertionError
    """
    with serve(tmp_path, text) as client:
        wrong = client.post("/api/x", content=b"{", headers={"content-type": "application/json"})
        large = client.post("/api/x", content=b"x" * 1025)
        huge = client.post("/api/x", content=b"x" * (11 << 20))
    assert (wrong.status_code, wrong.text, wrong.headers.get("content-type")) == (400, "Invalid JSON", None)
    assert (large.status_code, large.text, large.headers.get("content-type")) == (413, "Body exceeded 1kb limit", None)
    assert (huge.status_code, huge.text) == (413, "Body exceeded 1kb limit")
    assert not errors_in(caplog)


def test_without_the_parser_the_body_streams_to_the_handler(tmp_path: Path) -> None:
    text = """
        config = {"api": {"body_parser": False}}
        async def handler(req, res):
            async for chunk in req:
                res.write(chunk + b"|")
            res.end(str(req.body))
    """
    write_app(tmp_path, {"pages/api/x.py": api(text)})

    async def test() -> None:
        with loaded(tmp_path) as app:
            peer = Peer(make_scope("/api/x", "POST"))
            peer.body(b"one", end=False)
            serving = asyncio.create_task(app(peer.scope, peer.receive, peer.send))
            await peer.until(2)
            assert peer.text == "one|"
            peer.body(b"two")
            await serving
            assert peer.text == "one|two|None"

    asyncio.run(test())


def test_without_the_parser_the_app_wide_limit_holds(tmp_path: Path) -> None:
    text = """
        config = {"api": {"body_parser": False}}
        def handler(req, res):
            async def read(): return b"".join([chunk async for chunk in req])
            res.send(str(len(byway.run(read()))))
    """
    config = "from byway import Config\nconfig = Config(max_body_size=1000)"
    files = {"byway_config.py": config, "pages/api/x.py": api(text)}
    with Client(write_app(tmp_path, files)) as client:
        assert client.post("/api/x", content=b"x" * 1000).text == "1000"
        answer = client.post("/api/x", content=b"x" * 1001)
        assert answer.status_code == 413
        assert "Config(max_body_size=…)" in answer.text


def test_the_app_wide_limit_bounds_the_default_one_too(tmp_path: Path) -> None:
    files = {
        "byway_config.py": "from byway import Config\nconfig = Config(max_body_size=1000)",
        "pages/api/x.py": api("def handler(req, res): res.send(str(len(req.body)))"),
    }
    with Client(write_app(tmp_path, files)) as client:
        assert client.post("/api/x", content=b"x" * 1000).text == "1000"
        assert client.post("/api/x", content=b"x" * 1001).status_code == 413


# One answer, always


def test_no_answer_is_an_error_that_says_what_to_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serve(tmp_path, "async def handler(req, res): return {'lost': True}") as client:
        assert client.get("/api/x").status_code == 500
    (error,) = errors_in(caplog)
    assert error.endswith(
        "Nothing was answered: the handler in pages/api/x.py returned without calling res.json(…), res.send(…), "
        "res.redirect(…) or res.end(). When something else answers later, write "
        '`config = {"api": {"external_resolver": True}}`.'
    )


def test_a_response_that_is_returned_is_told_apart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serve(tmp_path, "def handler(req, res): return byway.Response('lost')") as client:
        assert client.get("/api/x").status_code == 500
    (error,) = errors_in(caplog)
    assert error.endswith(
        "Nothing was answered: the handler in pages/api/x.py returned a Response, which is not sent. In pages/api an "
        "answer is given with res: by res.json(…) or res.send(…)."
    )


def test_a_second_answer_is_logged_and_the_first_is_sent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serve(tmp_path, "def handler(req, res):\n    res.json(1)\n    res.json(2)") as client:
        assert client.get("/api/x").text == "1"
    (error,) = errors_in(caplog)
    assert "GET /api/x failed after its answer (request " in error
    assert error.endswith("had answered with res.json(): a request is answered once. Is a `return` missing?")


def test_a_handler_that_raises_is_a_500_with_the_headers_it_has_set(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = """
        def handler(req, res):
            byway.cookies().set("lost", "1")
            res.set_header("x-a", "b").set_header("content-type", "image/png").set_header("cache-control", "max-age=9")
            res.set_header("etag", '"x"').set_header("content-length", 3).set_header("x-list", ["1", "2"])
            raise ValueError("secret")
    """
    with serve(tmp_path, text) as client:
        answer = client.get("/api/x", headers={"accept": "application/json"})
    assert answer.status_code == 500
    assert answer.json()["title"] == "Internal Server Error"
    assert "secret" not in answer.text
    assert (answer.headers["x-a"], answer.headers.get_list("x-list")) == ("b", ["1", "2"])
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"].startswith("private, no-cache, no-store")
    assert "etag" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert errors_in(caplog)[0].endswith("secret")


def test_a_failure_after_the_first_chunk_cuts_the_connection(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = """
        async def handler(req, res):
            await res.write("half")
            await asyncio.sleep(0.01)
            raise ValueError("too late")
    """
    with serve(tmp_path, text) as client, client.stream("GET", "/api/x") as answer:
        chunks = answer.iter_bytes()
        assert next(chunks) == b"half"
        with pytest.raises(httpx2.RemoteProtocolError):
            next(chunks)
    assert [error.rpartition(" (")[0] for error in errors_in(caplog)] == [
        "The stream of GET /api/x failed after its answer had begun"
    ]


def test_a_failure_before_the_first_chunk_is_out_is_a_500(tmp_path: Path) -> None:
    text = """
        async def handler(req, res):
            res.write("half")
            raise ValueError("in time")
    """
    with serve(tmp_path, text) as client:
        assert client.get("/api/x").status_code == 500


def test_a_stream_that_is_not_ended_is_an_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = """
        async def handler(req, res):
            await res.write("half")
            await asyncio.sleep(0.01)
    """
    with serve(tmp_path, text) as client, pytest.raises(httpx2.RemoteProtocolError):
        client.get("/api/x")
    (error,) = errors_in(caplog)
    assert error.endswith(
        "The answer was not completed: the handler in pages/api/x.py returned after res.write(…) without calling "
        "res.end()."
    )


def test_control_flow_works_as_in_a_route_handler(tmp_path: Path) -> None:
    text = """
        def handler(req, res):
            res.set_header("x-a", "b").set_header("location", "/lost")
            byway.cookies().set("c", "d")
            match req.query["what"]:
                case "redirect": byway.redirect("/there")
                case "not_found": byway.not_found()
    """
    with serve(tmp_path, text) as client:
        redirect = client.get("/api/x?what=redirect")
        assert (redirect.status_code, redirect.headers["location"]) == (307, "/there")
        assert (redirect.headers["x-a"], redirect.headers["set-cookie"]) == ("b", "c=d; Path=/")
        missing = client.get("/api/x?what=not_found")
        assert (missing.status_code, missing.headers["x-a"], "set-cookie" in missing.headers) == (404, "b", False)


# When the answer goes out


def test_the_answer_does_not_wait_for_the_rest_of_the_handler(tmp_path: Path) -> None:
    text = """
        going_on = threading.Event()
        done = []
        async def handler(req, res):
            if req.method == "POST":
                going_on.set()
            res.json(done)
            while not going_on.is_set():
                await asyncio.sleep(0.001)
            after(lambda: done.append("after"))
            done.append("handler")
    """
    with serve(tmp_path, text) as client:
        assert client.get("/api/x").json() == []
        assert client.post("/api/x").json() == []
        client.drain()
        assert sorted(client.post("/api/x").json()) == ["after", "after", "handler", "handler"]


def test_the_answer_may_come_from_elsewhere(tmp_path: Path) -> None:
    text = """
        config = {"api": {"external_resolver": True}}
        def handler(req, res):
            threading.Timer(0.01, lambda: res.status(202).json("thread")).start()
    """
    task = """
        config = {"api": {"external_resolver": True}}
        tasks = set()
        async def handler(req, res):
            async def answer():
                await asyncio.sleep(0.01)
                for word in ("a", "task"):
                    await res.write(word)
                res.end()
            tasks.add(asyncio.create_task(answer()))
    """
    with serve(tmp_path, text, **{"pages/api/task.py": api(task)}) as client:
        answer = client.get("/api/x")
        assert (answer.status_code, answer.json()) == (202, "thread")
        assert client.get("/api/task").text == "atask"


def test_an_answer_that_never_comes_from_elsewhere_is_a_504(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(api_routes, "EXTERNAL_TIME", 0.02)
    text = """
        config = {"api": {"external_resolver": True}}
        kept = []
        def handler(req, res):
            if not kept:
                kept.append(res)
                return
            try:
                kept[0].json("late")
            except RuntimeError as error:
                res.send(str(error))
    """
    with serve(tmp_path, text) as client:
        assert client.get("/api/x").status_code == 504
        assert errors_in(caplog)[0].startswith(
            'GET /api/x was not answered within 0.02 seconds (pages/api/x.py); config = {"max_duration": …} sets this '
            "limit."
        )
        assert client.get("/api/x").text == (
            "res.json() was called too late: the handler in pages/api/x.py took too long, and the request was answered "
            "without it."
        )


def test_a_client_that_leaves_is_not_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = """
        config = {"api": {"external_resolver": True}}
        def handler(req, res): pass
    """
    write_app(tmp_path, {"pages/api/x.py": api(text)})

    async def test() -> None:
        with loaded(tmp_path) as app:
            peer = Peer(make_scope("/api/x"))
            peer.body()
            peer.leave()
            await asyncio.wait_for(app(peer.scope, peer.receive, peer.send), 5)

    asyncio.run(test())
    assert not errors_in(caplog)


# max_duration


@pytest.mark.parametrize(
    "text",
    [
        "async def handler(req, res): await asyncio.sleep(60)",
        "def handler(req, res): release.wait(60)",
        "async def handler(req, res): pass",
    ],
)
def test_a_handler_beyond_its_max_duration_is_a_504(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    config = '{"api": {"external_resolver": True}, "max_duration": 0.05}'
    with serve(tmp_path, f"release = threading.Event()\nconfig = {config}\n{text}") as client:
        assert client.get("/api/x").status_code == 504
        sys.modules["pages.api.x"].release.set()
    assert errors_in(caplog)[0].startswith("GET /api/x took longer than max_duration = 0.05 seconds (pages/api/x.py).")


def test_a_stream_beyond_its_max_duration_is_cut_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = """
        config = {"max_duration": 0.1}
        async def handler(req, res):
            await res.write("begun")
            await asyncio.sleep(60)
    """
    with serve(tmp_path, text) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            client.get("/api/x")
        client.drain()
    assert len(errors_in(caplog)) == 1


def test_a_handler_in_time_is_left_alone(tmp_path: Path) -> None:
    with serve(tmp_path, "config = {'max_duration': 60}\ndef handler(req, res): res.json(1)") as client:
        assert client.get("/api/x").json() == 1


# Streams and their clients


def test_a_slow_client_holds_back_the_handler(tmp_path: Path) -> None:
    text = """
        written = []
        {kind} handler(req, res):
            for number in range(100):
                {wait}res.write("x" * 50_000)
                written.append(number)
            res.end()
    """

    async def test(path: str) -> None:
        peer = Peer(make_scope(path))
        peer.body()
        peer.takes.clear()
        serving = asyncio.create_task(app(peer.scope, peer.receive, peer.send))
        written = sys.modules[f"pages.api.{path[5:]}"].written
        while len(written) < 2:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)
        # One is being sent, one fills the room, and the next waits.
        assert len(written) <= 3
        peer.takes.set()
        await serving
        assert peer.is_complete
        assert sum(map(len, peer.chunks)) == 5_000_000

    files = {
        "pages/api/sync.py": api(text.format(kind="def", wait="")),
        "pages/api/not_sync.py": api(text.format(kind="async def", wait="await ")),
    }
    with loaded(write_app(tmp_path, files)) as app:
        for path in ("/api/sync", "/api/not_sync"):
            asyncio.run(asyncio.wait_for(test(path), 20))


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_client_that_leaves_ends_a_handler_that_writes_on_and_on(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = f"""
        ended = threading.Event()
        {kind} handler(req, res):
            try:
                while True:
                    {"await " if kind == "async def" else ""}res.write("tick")
                    {"await asyncio.sleep(0.001)" if kind == "async def" else "time.sleep(0.001)"}
            except Exception as error:
                assert type(error).__name__ == "Disconnected", error
                ended.set()
                raise
    """
    with serve(tmp_path, text) as client:
        with client.stream("GET", "/api/x") as answer:
            assert next(answer.iter_bytes())
        client.drain()
        assert sys.modules["pages.api.x"].ended.is_set()
    assert not errors_in(caplog)


def test_threads_may_write_at_once(tmp_path: Path) -> None:
    text = """
        def handler(req, res):
            def write(name):
                for _ in range(500):
                    res.write(f"{name * 3},")
            threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            res.end()
    """
    with serve(tmp_path, text) as client:
        words = client.get("/api/x").text.split(",")
    assert {word: words.count(word) for word in words} == {"aaa": 500, "bbb": 500, "ccc": 500, "ddd": 500, "": 1}


# ETags


def test_a_client_that_has_the_answer_already_is_told_so(tmp_path: Path) -> None:
    with serve(tmp_path, "def handler(req, res): res.status(int(req.query['s'])).json({'a': 1})") as client:
        etag = client.get("/api/x?s=200").headers["etag"]
        known = {"if-none-match": etag}
        for method in ("GET", "HEAD"):
            same = client.request(method, "/api/x?s=200", headers=known)
            assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
            assert "content-type" not in same.headers
        assert client.get("/api/x?s=200", headers={"if-none-match": '"other"'}).status_code == 200
        # What a POST has done, and what went wrong, is news all the same.
        assert client.post("/api/x?s=200", headers=known).status_code == 200
        assert client.get("/api/x?s=404", headers=known).status_code == 404


# Byway's own functions


def test_cookies_and_headers_and_after_belong_to_the_request(tmp_path: Path) -> None:
    text = """
        late = []
        async def handler(req, res):
            byway.cookies().set("a", byway.headers()["x-a"])
            after(lambda: late.append(byway.headers()["x-a"]))
            res.set_header("set-cookie", "own=1").json([byway.cookies().get("a").value, late])
            try:
                byway.cookies().set("too", "late")
            except RuntimeError:
                late.append("locked")
    """
    with serve(tmp_path, text) as client:
        answer = client.get("/api/x", headers={"x-a": "b"})
        assert answer.json() == ["b", []]
        assert answer.headers.get_list("set-cookie") == ["own=1", "a=b; Path=/"]
        client.drain()
        assert client.get("/api/x", headers={"x-a": "c"}).json() == ["c", ["locked", "b"]]


def test_draft_mode_is_entered_seen_and_left(tmp_path: Path) -> None:
    text = """
        def handler(req, res):
            if "enable" in req.query:
                res.set_draft_mode(enable=req.query["enable"] == "1")
            res.json(req.draft_mode)
    """
    with Client(write_app(tmp_path, {"pages/api/x.py": api(text)}), base_url="https://testserver") as client:
        assert client.get("/api/x").json() is False
        answer = client.get("/api/x?enable=1")
        assert answer.json() is True
        assert answer.headers["set-cookie"].startswith("__prerender_bypass=")
        assert client.get("/api/x").json() is True
        assert client.get("/api/x?enable=0").json() is False
        assert client.get("/api/x").json() is False


def test_an_answer_beyond_response_limit_is_sent_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = """
        config = {"api": {"response_limit": "2kb"}}
        def handler(req, res):
            if req.query: res.write("x" * 1500)
            res.end("x" * (1500 if req.query else int(req.headers["x-size"])))
    """
    with serve(tmp_path, text) as client:
        assert len(client.get("/api/x", headers={"x-size": "2048"}).content) == 2048
        assert not [record for record in caplog.records if record.name == "byway.api"]
        assert len(client.get("/api/x", headers={"x-size": "2049"}).content) == 2049
        assert len(client.get("/api/x?write=1").content) == 3000
    assert [record.getMessage() for record in caplog.records if record.name == "byway.api"] == [
        f"GET /api/x: the answer of {size} bytes is larger than response_limit = 2kb. API routes are meant to answer "
        'quickly; config = {"api": {"response_limit": False}} in pages/api/x.py turns this warning off.'
        for size in ("2,049", "3,000")
    ]


def test_on_request_error_is_told_of_the_pages_router(tmp_path: Path) -> None:
    instrumentation = """
        told = []
        def on_request_error(error, request, context):
            told.append((str(error), request["path"], context["router_kind"], context["route_path"]))
    """
    text = """
        import instrumentation
        def handler(req, res):
            if req.query.get("told"):
                res.json(instrumentation.told)
            elif req.query.get("late"):
                res.json(1)
                raise ValueError("late")
            else:
                raise ValueError("early")
    """
    with serve(tmp_path, text, **{"instrumentation.py": dedent(instrumentation)}) as client:
        client.get("/api/x")
        client.get("/api/x?late=1")
        client.drain()
        assert client.get("/api/x?told=1").json() == [
            ["early", "/api/x", "Pages Router", "/api/x"],
            ["late", "/api/x?late=1", "Pages Router", "/api/x"],
        ]


# Files and folders


def test_a_file_and_a_folder_of_one_name_are_both_found(tmp_path: Path) -> None:
    files = {
        "pages/api/words.py": "WORD = 'beside'\ndef handler(req, res): res.end()",
        "pages/api/post.py": "from .words import WORD\ndef handler(req, res): res.send(WORD)",
        "pages/api/post/words.py": "WORD = 'inside'\ndef handler(req, res): res.end()",
        "pages/api/post/[id].py": "from .words import WORD\ndef handler(req, res): res.send(WORD + req.query['id'])",
        "pages/api/post/[id]/[...rest].py": "def handler(req, res): res.json(req.query)",
    }
    with Client(write_app(tmp_path, files)) as client:
        assert client.get("/api/post").text == "beside"
        assert client.get("/api/post/7").text == "inside7"
        assert client.get("/api/post/7/a/b").json() == {"id": "7", "rest": ["a", "b"]}


def test_api_routes_below_src_and_beside_app_are_served(tmp_path: Path) -> None:
    files = {
        "src/app/api/[id]/route.py": "from byway import Response\ndef GET(): return Response('app')",
        "src/pages/api/x.py": "from lib.words import WORD\ndef handler(req, res): res.send(WORD)",
        "src/lib/words.py": "WORD = 'pages'",
    }
    with Client(write_app(tmp_path, files)) as client:
        assert client.get("/api/x").text == "pages"
        assert client.get("/api/y").text == "app"


def test_a_build_is_stale_when_an_api_route_has_changed(tmp_path: Path) -> None:
    root = write_app(tmp_path, {"pages/api/test_x.py": "def handler(req, res): res.end('1')"})
    app, manifest = build(root)
    app.close()
    assert [(one.pattern, one.file, one.methods, one.kind) for one in manifest.routes] == [
        ("/api/test_x", "pages/api/test_x.py", ("ANY",), "dynamic")
    ]
    read_manifest(root, root / ".byway")
    (root / "pages/api/test_x.py").write_text("def handler(req, res): res.end('2')")
    (root / "pages/api/y.py").write_text("def handler(req, res): res.end('2')")
    with pytest.raises(AppError) as caught:
        read_manifest(root, root / ".byway")
    assert "pages/api/test_x.py was changed" in str(caught.value)
    assert "pages/api/y.py was added" in str(caught.value)


def test_max_duration_is_in_the_manifest(tmp_path: Path) -> None:
    text = "config = {'max_duration': 5, 'regions': ['fra1']}\ndef handler(req, res): res.end()"
    app, manifest = build(write_app(tmp_path, {"pages/api/x.py": text}))
    app.close()
    (entry,) = manifest.routes
    assert (entry.max_duration, entry.preferred_region) == (5, ("fra1",))


def test_an_unknown_api_path_is_a_404(tmp_path: Path) -> None:
    with serve(tmp_path, "def handler(req, res): res.end()") as client:
        assert client.get("/api").status_code == 404
        assert client.get("/api/x/y").status_code == 404
        assert client.get("/").status_code == 404


def test_a_malformed_path_is_a_400(tmp_path: Path) -> None:
    write_app(tmp_path, {"pages/api/[id].py": "def handler(req, res): res.end()"})

    with loaded(tmp_path) as app:
        assert asyncio.run(call(app, "/api/%ff")).status == 400
