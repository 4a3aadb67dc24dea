"""The way of a request from the server to its route: normal paths, mounting, and what is refused before any handler."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from byway.asgi import Application
from byway.config import Message
from byway.runtime.loading import load_app
from byway.runtime.paths import is_normal, normal_path
from byway.testing import Client

from ..support import Peer, call, loaded, make_scope, route, write_app

SHOW = route("""
    async def GET(request: Request, ctx: RouteContext):
        url = request.url
        return Response.json([url.pathname, url.base_path, url.href, dict(ctx.params)])
""")
APP = {
    "app/route.py": SHOW,
    "app/items/[id]/route.py": SHOW,
    "app/all/[...rest]/route.py": SHOW,
    "app/limits/route.py": route("async def POST(request: Request): return Response(str(len(await request.bytes())))"),
    "app/moved/route.py": route("async def GET(request: Request): return Response.redirect(URL)").replace(
        "URL", "byway.URL('/items/1', request.url)"
    ),
    "public/top.txt": "top\n",
}


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    with loaded(write_app(tmp_path, APP)) as application:
        yield application


def ask(app: Any, path: str, method: str = "GET", **fields: Any) -> Peer:
    return asyncio.run(call(app, path, method, **fields))


def shown(app: Any, path: str, **fields: Any) -> Any:
    peer = ask(app, path, **fields)
    assert peer.status == 200, peer.text
    return json.loads(peer.text)


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/", "/"),
        ("/a", "/a"),
        ("/a/", "/a"),
        ("/a//", "/a"),
        ("//", "/"),
        ("//a", "/a"),
        ("/a//b", "/a/b"),
        ("/a\\b", "/a/b"),
        ("\\", "/"),
        ("/\\/evil.example", "/evil.example"),
        ("/a%2F/", "/a%2F"),
    ],
)
def test_a_path_has_one_normal_form(path: str, normal: str) -> None:
    assert normal_path(path) == normal


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/items/1/", "/items/1"),
        ("/items//1", "/items/1"),
        ("/items\\1", "/items/1"),
        ("//example.com", "/example.com"),
        ("/\\example.com/", "/example.com"),
        ("//", "/"),
        ("/items/a%20b/?q=a+b&r=%2F", "/items/a%20b?q=a+b&r=%2F"),
        ("/no/such/route/", "/no/such/route"),
        ("/top.txt/", "/top.txt"),
        ("/items/1/?", "/items/1"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_forms_of_a_path_are_redirected_to_the_normal_one(
    application: Application, method: str, path: str, location: str
) -> None:
    peer = ask(application, path, method)
    assert (peer.status, peer.header("location"), peer.text) == (308, location, "")


def test_a_query_with_bytes_beyond_ascii_is_redirected_with_those_bytes(application: Application) -> None:
    peer = ask(application, "/items/1/", query_string=b"q=\xc3\xa9")
    assert peer.header("location") == "/items/1?q=%C3%A9"


@pytest.mark.parametrize("path", ["/items/%", "/items/%zz", "/items/%ff", "/items/a%2", "/all/a/%C3/b"])
def test_a_malformed_percent_encoding_is_a_400(application: Application, path: str) -> None:
    peer = ask(application, path, headers=[("accept", "application/json")])
    assert (peer.status, peer.header("content-type")) == (400, "application/problem+json")


def test_an_unknown_path_is_a_404_that_is_not_stored(application: Application) -> None:
    peer = ask(application, "/no/such")
    assert (peer.status, peer.header("content-type")) == (404, "text/html; charset=utf-8")
    assert peer.header("cache-control") == "private, no-cache, no-store, max-age=0, must-revalidate"


def test_pieces_are_decoded_once_after_matching(application: Application) -> None:
    assert shown(application, "/items/a%2Fb%252F")[3] == {"id": "a/b%2F"}
    assert shown(application, "/all/a%2Fb/c")[3] == {"rest": ["a/b", "c"]}
    assert shown(application, "/items/a+b")[3] == {"id": "a+b"}


def test_a_server_without_raw_path_has_its_path_quoted_again(application: Application) -> None:
    for path, decoded in (("/items/a b", "a b"), ("/items/100%", "100%"), ("/items/a%2Fb", "a%2Fb"), ("/items/é", "é")):
        scope = make_scope() | {"path": path}
        del scope["raw_path"]
        for one in (scope, scope | {"raw_path": None}):
            peer = Peer(one)
            asyncio.run(application(one, peer.receive, peer.send))
            assert json.loads(peer.text)[3] == {"id": decoded}


def test_raw_bytes_beyond_ascii_mean_what_their_percent_encoding_means(application: Application) -> None:
    assert shown(application, "/", raw_path="/items/é%20".encode())[3] == {"id": "é "}
    assert ask(application, "/", raw_path=b"/items/\xff").status == 400


@pytest.mark.parametrize("raw_path", [b"*", b"", b"items/1", b"http://example.com/items/1"])
def test_a_target_that_is_no_path_gets_an_answer(application: Application, raw_path: bytes) -> None:
    assert ask(application, "/", "OPTIONS", raw_path=raw_path).status in (204, 308, 404, 400)


def test_below_a_root_path_the_base_path_is_taken_off_and_put_before_urls(application: Application) -> None:
    found = shown(application, "/docs/items/1?q=2", root_path="/docs")
    assert found == ["/items/1", "/docs", "http://example.com/docs/items/1?q=2", {"id": "1"}]
    assert shown(application, "/docs", root_path="/docs")[0] == "/"
    assert shown(application, "/docs/items/1", root_path="/docs/")[3] == {"id": "1"}
    assert ask(application, "/docs/items/1/", root_path="/docs").header("location") == "/docs/items/1"
    assert ask(application, "/docs/moved", root_path="/docs").header("location") == "http://example.com/docs/items/1"


def test_a_server_that_already_took_the_root_path_off_is_served_as_well(application: Application) -> None:
    assert shown(application, "/items/1", root_path="/docs")[2] == "http://example.com/docs/items/1"


def test_a_path_that_only_begins_like_the_root_path_keeps_it(application: Application) -> None:
    assert shown(application, "/all/docsx", root_path="/doc")[3] == {"rest": ["docsx"]}
    assert ask(application, "/documents", root_path="/doc").status == 404


def test_starlette_mounts_an_app_without_lifespan(tmp_path: Path) -> None:
    instrumentation = "import calls\nasync def register(): calls.made.append(1)\n"
    write_app(tmp_path, APP | {"calls.py": "made = []\n", "instrumentation.py": instrumentation})
    with loaded(tmp_path) as application:
        outer = Starlette(routes=[Mount("/outer/é", application)])

        async def main() -> list[Peer]:
            paths = ["/outer/%C3%A9/items/1?q=2", "/outer/%C3%A9/items/a%2Fb", "/outer/%C3%A9/top.txt"]
            return [await call(outer, path) for path in paths]

        item, slash, public = asyncio.run(main())
        assert sys.modules["calls"].made == [1]
    pathname, _, href, params = json.loads(item.text)
    assert (pathname, params) == ("/items/1", {"id": "1"})
    assert href == "http://example.com/outer/%C3%A9/items/1?q=2"
    assert '{"id":"a/b"}' in slash.text
    assert public.text == "top\n"


def test_config_asgi_wraps_the_application_lifespan_included(tmp_path: Path) -> None:
    config = """
        from byway import Config

        seen = []

        def wrap(app):
            async def wrapped(scope, receive, send):
                seen.append(scope["type"])
                async def mark(message):
                    if message["type"] == "http.response.start":
                        message["headers"] = [*message["headers"], (b"x-wrapped", b"1")]
                    await send(message)
                await app(scope, receive, mark)
            return wrapped

        config = Config(asgi=wrap)
    """
    from byway.testing import Client

    with Client(write_app(tmp_path, APP | {"byway_config.py": config})) as client:
        assert client.get("/items/1").headers["x-wrapped"] == "1"
        assert sys.modules["byway_config"].seen == ["lifespan", "http"]


def test_a_websocket_is_refused_before_it_is_accepted(application: Application) -> None:
    sent: list[Message] = []

    async def main() -> None:
        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await application(make_scope("/items/1") | {"type": "websocket"}, receive, send)

    asyncio.run(main())
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_another_protocol_is_an_error(application: Application) -> None:
    with pytest.raises(RuntimeError, match="Byway does not speak 'other', only http and lifespan"):
        ask(application, "/", type="other")


def test_a_host_that_is_refused_is_a_400_before_any_handler(application: Application) -> None:
    for hosts in ([(b"host", b"a b")], [(b"host", b"a"), (b"host", b"b")]):
        peer = Peer(make_scope("/items/1", headers=hosts))
        asyncio.run(application(peer.scope, peer.receive, peer.send))
        assert peer.status == 400
        assert "Host header" in peer.text


def test_a_body_beyond_the_limit_is_a_413_that_names_the_setting(tmp_path: Path) -> None:
    config = "from byway import Config\nconfig = Config(max_body_size=4)\n"
    with loaded(write_app(tmp_path, APP | {"byway_config.py": config})) as application:
        assert ask(application, "/limits", "POST", body=b"1234").text == "4"
        peer = ask(application, "/limits", "POST", body=b"12345", headers=[("accept", "application/json")])
        assert peer.status == 413
        assert "Config(max_body_size=…)" in peer.text
        announced = ask(application, "/limits", "POST", headers=[("content-length", "5")])
        assert announced.status == 413
        assert announced.received == 0


def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_fault(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        peer = Peer(make_scope("/limits", "POST"))
        peer.body(b"part", end=False)
        peer.leave()
        await application(peer.scope, peer.receive, peer.send)

    asyncio.run(main())
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/a/../b", "/b"),
        ("/a/%2e%2E/b", "/b"),
        ("/a/./b", "/a/b"),
        ("/a/..", "/"),
        ("/../../etc", "/etc"),
        ("/a/.%2e/b/", "/b"),
    ],
)
def test_dot_segments_are_resolved_as_a_browser_does(path: str, normal: str) -> None:
    assert not is_normal(path)
    assert normal_path(path) == normal


@pytest.mark.parametrize("path", ["/", "/.well-known/x", "/a..b", "/...", "/a%2Fb", "/..a/b", "/a/%2e%2e%2e"])
def test_what_only_looks_like_a_dot_segment_stays(path: str) -> None:
    assert is_normal(path)


def test_a_malformed_body_read_in_a_task_group_is_still_the_clients_fault(tmp_path: Path) -> None:
    source = """
import asyncio
from byway.server import Request, Response

async def POST(request: Request) -> Response:
    async with asyncio.TaskGroup() as group:
        group.create_task(request.json())
    return Response("read")
"""
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        assert client.post("/", content=b"{").status_code == 400


def test_an_app_whose_register_fails_answers_500_and_runs_it_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = {
        "app/route.py": "from byway.server import Response\ndef GET(): return Response('never')\n",
        "instrumentation.py": "def register():\n    raise ValueError('no database')\n",
    }
    app = load_app(write_app(tmp_path, files), "test")

    async def main() -> None:
        application = Application(app)
        for _ in range(3):
            assert (await call(application, "/")).status == 500

    try:
        asyncio.run(main())
    finally:
        app.close()
    assert caplog.text.count("the app does not start") == 1


def test_a_client_that_is_silent_in_the_middle_of_its_body_is_answered_with_408(tmp_path: Path) -> None:
    files = {
        "byway_config.py": "from byway import Config\nconfig = Config(body_timeout=0.05)\n",
        "app/route.py": (
            "from byway.server import Response\nasync def POST(request):\n    return Response(await request.text())\n"
        ),
    }
    app = load_app(write_app(tmp_path, files), "test")
    sent: list[Message] = []

    async def main() -> None:
        parts: list[Message] = [{"type": "http.request", "body": b"half", "more_body": True}]

        async def receive() -> Message:
            return parts.pop() if parts else await asyncio.get_running_loop().create_future()

        async def send(message: Message) -> None:
            sent.append(message)

        await Application(app)(make_scope("/", method="POST"), receive, send)

    try:
        asyncio.run(main())
    finally:
        app.close()
    assert sent[0]["status"] == 408
    assert b"Config(body_timeout=" in sent[1]["body"]
