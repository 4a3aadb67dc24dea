"""Passing requests on to another server: what goes along both ways, and what becomes of its failures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from byway.asgi import Application
from byway.runtime.loading import load_app

from ..http.test_client import Call, Server
from ..support import Peer, call, make_scope, write_app

CONFIG = """
from byway import Config
async def rewrites():
    return {{"fallback": [{{"source": "/up/:path*", "destination": "{origin}/in/:path*"}}]}}
config = Config(rewrites=rewrites, max_body_size="1kb", proxy_timeout={timeout}, {more})
"""

Scenario = Callable[[Server, Application], Awaitable[None]]


def passed_on(root: Path, scenario: Scenario, timeout: float = 5.0, more: str = "") -> None:
    """Run ``scenario`` with another server, and an app that passes on to it what is asked below ``/up``."""

    async def main() -> None:
        async with asyncio.timeout(15), Server() as server:
            text = CONFIG.format(origin=server.origin, timeout=timeout, more=more)
            files = {"byway_config.py": text, "app/other/route.py": "from byway import Response\ndef GET(): ...\n"}
            app = load_app(write_app(root, files), "production")
            application = Application(app)
            try:
                await application.start()
                await scenario(server, application)
                await app.stop(1)
            finally:
                app.threads.close()
                app.close()

    asyncio.run(main())


def test_method_path_query_headers_and_body_go_along(tmp_path: Path) -> None:
    async def scenario(server: Server, app: Application) -> None:
        headers = [
            ("content-length", "4"),
            ("cookie", "a=1"),
            ("accept-encoding", "br"),
            ("authorization", "Bearer x"),
            ("connection", "keep-alive, X-Hop"),
            ("x-hop", "1"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("expect", "100-continue"),
            ("proxy-authorization", "secret"),
            ("x-forwarded-for", "6.6.6.6"),
            ("x-forwarded-host", "evil.example"),
            ("forwarded", "for=6.6.6.6"),
        ]
        peer = await call(app, "/up/a%2Fb/c?d=e+f&g", "PATCH", headers=headers, body=b"body")
        assert (peer.status, peer.text) == (200, "ok")
        (sent,) = server.calls
        assert (sent.method, sent.target, sent.body) == ("PATCH", "/in/a%2Fb/c?d=e+f&g", b"body")
        got = dict(sent.headers)
        assert (got["cookie"], got["accept-encoding"], got["authorization"]) == ("a=1", "br", "Bearer x")
        assert got["host"] == server.origin.removeprefix("http://")
        assert {name: value for name, value in got.items() if name.startswith("x-forwarded")} == {
            "x-forwarded-for": "192.0.2.7",
            "x-forwarded-host": "example.com",
            "x-forwarded-proto": "http",
            "x-forwarded-port": "80",
        }
        assert got["content-length"] == "4"
        gone = {"x-hop", "te", "upgrade", "expect", "proxy-authorization", "forwarded", "transfer-encoding"}
        assert not gone & set(got)

    passed_on(tmp_path, scenario)


@pytest.mark.parametrize(("method", "headers"), [("GET", [("content-length", "5")]), ("DELETE", []), ("HEAD", [])])
def test_a_request_without_a_body_is_passed_on_without_one(
    tmp_path: Path, method: str, headers: list[tuple[str, str]]
) -> None:
    async def scenario(server: Server, app: Application) -> None:
        peer = await call(app, "/up", method, headers=headers)
        assert peer.status == 200
        got = dict(server.calls[0].headers)
        assert (server.calls[0].method, server.calls[0].target) == (method, "/in")
        assert "transfer-encoding" not in got
        assert got.get("content-length", "0") == "0"

    passed_on(tmp_path, scenario)


def test_the_answer_comes_back_as_it_is(tmp_path: Path) -> None:
    async def scenario(server: Server, app: Application) -> None:
        async def answer(sent: Call) -> None:
            await sent.send(
                "418 Teapot",
                "content-type: text/plain",
                "content-encoding: br",
                "content-length: 3",
                "set-cookie: a=1",
                "set-cookie: b=2",
                "location: http://internal.example/x",
                "connection: keep-alive, X-Hop",
                "x-hop: 1",
                "keep-alive: timeout=5",
                "proxy-authenticate: Basic",
                body=b"\x00\x01\x02",
            )

        server.handler = answer
        peer = await call(app, "/up/x", headers=[("accept-encoding", "gzip, br")])
        assert (peer.status, b"".join(peer.chunks)) == (418, b"\x00\x01\x02")
        assert sorted(pair for pair in peer.headers) == [
            ("content-encoding", "br"),
            ("content-length", "3"),
            ("content-type", "text/plain"),
            ("location", "http://internal.example/x"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ]

    passed_on(tmp_path, scenario)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Again", "308 Moved"])
def test_redirects_are_not_followed(tmp_path: Path, status: str) -> None:
    async def scenario(server: Server, app: Application) -> None:
        async def answer(sent: Call) -> None:
            await sent.answer(b"", "location: http://169.254.169.254/secret", status=status)

        server.handler = answer
        peer = await call(app, "/up/x")
        assert (str(peer.status), len(server.calls)) == (status[:3], 1)
        assert peer.header("location") == "http://169.254.169.254/secret"

    passed_on(tmp_path, scenario)


def test_both_bodies_are_streamed(tmp_path: Path) -> None:
    async def scenario(server: Server, app: Application) -> None:
        go_on = asyncio.Event()

        async def answer(sent: Call) -> None:
            await sent.send(
                "200 OK", "content-type: text/event-stream", "transfer-encoding: chunked", body=b"1\r\na\r\n"
            )
            await go_on.wait()
            sent.writer.write(b"1\r\nb\r\n0\r\n\r\n")

        server.handler = answer
        peer = Peer(make_scope("/up/x", "POST"))
        peer.body(b"first", end=False)
        task = asyncio.create_task(app(peer.scope, peer.receive, peer.send))  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        assert peer.messages == []
        peer.body(b"second")
        await peer.until(2)
        assert (peer.chunks, server.calls[0].body) == ([b"a"], b"firstsecond")
        assert dict(server.calls[0].headers)["transfer-encoding"] == "chunked"
        go_on.set()
        await task
        assert (peer.chunks, peer.is_complete) == ([b"a", b"b"], True)

    passed_on(tmp_path, scenario)


def test_the_other_server_is_let_go_when_the_client_leaves(tmp_path: Path) -> None:
    async def scenario(server: Server, app: Application) -> None:
        async def never(sent: Call) -> None:
            await asyncio.sleep(60)

        server.handler = never
        peer = Peer(make_scope("/up/watched"))
        peer.body()
        task = asyncio.create_task(app(peer.scope, peer.receive, peer.send))  # type: ignore[arg-type]
        while not server.calls:
            await asyncio.sleep(0.01)
        peer.leave()
        await task

    passed_on(tmp_path, scenario)


@pytest.mark.parametrize("length", [None, "2000"])
def test_a_body_beyond_the_limit_is_a_413(tmp_path: Path, length: str | None) -> None:
    async def scenario(server: Server, app: Application) -> None:
        headers = [] if length is None else [("content-length", length)]
        peer = await call(app, "/up/x", "POST", headers=headers, body=b"x" * 2000)
        assert peer.status == 413
        assert "max_body_size" in peer.text

    passed_on(tmp_path, scenario)


def test_a_server_that_is_not_there_is_a_502(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(server: Server, app: Application) -> None:
        server._server.close()
        await server._server.wait_closed()
        with caplog.at_level(logging.ERROR, "byway.proxy"):
            peer = await call(app, "/up/x?token=secret")
        assert (peer.status, peer.header("cache-control")) == (
            502,
            "private, no-cache, no-store, max-age=0, must-revalidate",
        )
        assert caplog.messages[0].startswith(f"GET {server.origin}/in/x failed: ")
        assert "Answered 502" in caplog.messages[0]
        assert "secret" not in caplog.text

    passed_on(tmp_path, scenario)


def test_a_server_that_is_silent_is_a_504_that_names_the_limit(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(server: Server, app: Application) -> None:
        async def never(sent: Call) -> None:
            await asyncio.sleep(60)

        server.handler = never
        with caplog.at_level(logging.ERROR, "byway.proxy"):
            peer = await call(app, "/up/x")
        assert peer.status == 504
        assert "Config(proxy_timeout=…) sets this limit" in caplog.messages[0]

    passed_on(tmp_path, scenario, timeout=0.1)


def test_half_an_answer_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    async def scenario(server: Server, app: Application) -> None:
        async def half(sent: Call) -> None:
            await sent.send("200 OK", "content-length: 10", body=b"half")
            sent.writer.close()

        server.handler = half
        with pytest.raises(Exception, match="The stream of GET /up/x failed: the connection is cut"):
            await call(app, "/up/x")

    passed_on(tmp_path, scenario)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK"])
def test_methods_that_are_about_the_connection_are_not_passed_on(tmp_path: Path, method: str) -> None:
    async def scenario(server: Server, app: Application) -> None:
        assert (await call(app, "/up/x", method)).status == 400
        assert server.calls == []

    passed_on(tmp_path, scenario)


@pytest.mark.parametrize(
    "path",
    ["/up/../../secret", "/up/%2e%2e/secret", "/up/x/..%2f..%2fsecret", "/up//evil.example/", "/up/\\evil.example"],
)
def test_no_path_leads_elsewhere_than_below_the_destination(tmp_path: Path, path: str) -> None:
    async def scenario(server: Server, app: Application) -> None:
        peer = await call(app, path)
        assert peer.status in (200, 308, 404)
        assert all(sent.target.startswith("/in/") for sent in server.calls)
        assert not any("/../" in sent.target for sent in server.calls)

    passed_on(tmp_path, scenario)


def test_headers_of_the_config_are_put_on_what_is_passed_back(tmp_path: Path) -> None:
    more = 'headers=lambda: [{"source": "/:path*", "headers": [{"key": "x-frame-options", "value": "DENY"}]}]'

    async def scenario(server: Server, app: Application) -> None:
        assert (await call(app, "/up/x")).header("x-frame-options") == "DENY"

    passed_on(tmp_path, scenario, more=more)


def test_a_request_that_goes_round_in_circles_is_a_508(tmp_path: Path) -> None:
    async def scenario(server: Server, app: Application) -> None:
        rounds = 0

        async def again(sent: Call) -> None:
            nonlocal rounds
            rounds += 1
            peer = await call(app, "/up/x", headers=[("via", sent.header("via") or "")])
            await sent.answer(peer.text.encode(), status=f"{peer.status} x")

        server.handler = again
        assert (await call(app, "/up/x")).status == 508
        assert rounds == 3

    passed_on(tmp_path, scenario)


def test_a_body_that_the_proxy_has_read_is_passed_on(tmp_path: Path) -> None:
    proxy = """
from byway.server import Response
async def proxy(request):
    return Response.next(headers={"x-length": str(len(await request.bytes()))})
"""

    async def scenario(server: Server, app: Application) -> None:
        peer = await call(app, "/up/x", "POST", body=b"body")
        assert (peer.header("x-length"), server.calls[0].body) == ("4", b"body")

    write_app(tmp_path, {"proxy.py": proxy})
    passed_on(tmp_path, scenario)


def test_connections_are_kept_and_closed_with_the_app(tmp_path: Path) -> None:
    async def scenario(server: Server, app: Application) -> None:
        for _ in range(3):
            assert (await call(app, "/up/x")).status == 200
        assert server.accepted == 1
        await app.app.stop(1)
        while server.open:
            await asyncio.sleep(0.01)

    passed_on(tmp_path, scenario)


def test_what_the_client_does_not_say_is_not_said_for_it(tmp_path: Path) -> None:
    async def scenario(server: Server, app: Application) -> None:
        await call(app, "/up/x")
        got = {name for name, _ in server.calls[0].headers}
        assert not got & {"accept", "accept-encoding", "user-agent"}

    passed_on(tmp_path, scenario)


_ESSENTIAL = [("authorization", "Bearer x"), ("cookie", "a=1"), ("content-type", "text/plain"), ("content-length", "4")]
_NAMED = "x-forwarded-for, X-Forwarded-Host, x-forwarded-proto, forwarded, authorization, cookie, host, content-type"


def test_connection_cannot_take_away_what_the_other_server_goes_by(tmp_path: Path) -> None:
    async def scenario(server: Server, app: Application) -> None:
        connection = ("connection", f"{_NAMED}, content-length, via, user-agent, accept-encoding, X-Hop")
        headers = [*_ESSENTIAL, connection, ("user-agent", "me"), ("accept-encoding", "br"), ("x-hop", "1")]
        await call(app, "/up/x", "POST", headers=headers, body=b"body")
        got = dict(server.calls[0].headers)
        expected = dict(_ESSENTIAL) | {"x-forwarded-for": "192.0.2.7", "x-forwarded-host": "example.com"}
        expected |= {"x-forwarded-proto": "http", "user-agent": "me", "accept-encoding": "br"}
        expected["host"] = server.origin.removeprefix("http://")
        assert {name: got.get(name) for name in expected} == expected
        assert got["via"].startswith("1.1 byway-")
        assert "x-hop" not in got

    passed_on(tmp_path, scenario)


@pytest.mark.parametrize("sent", [[], [("x-user", "alice")], [("x-user", "mallory")]])
def test_connection_cannot_take_away_what_the_proxy_has_set(tmp_path: Path, sent: list[tuple[str, str]]) -> None:
    proxy = """
from byway.server import Headers, Response
async def proxy(request):
    headers = Headers(request.headers)
    headers.set("x-user", "alice")
    return Response.next(request_headers=headers)
"""

    async def scenario(server: Server, app: Application) -> None:
        headers = [*sent, ("connection", "x-user, upgrade"), ("upgrade", "h2c")]
        await call(app, "/up/x", headers=headers)
        got = dict(server.calls[0].headers)
        assert (got.get("x-user"), "upgrade" in got) == ("alice", False)

    write_app(tmp_path, {"proxy.py": proxy})
    passed_on(tmp_path, scenario)


def test_connection_cannot_take_away_what_a_middleware_has_set(tmp_path: Path) -> None:
    async def scenario(server: Server, app: Application) -> None:
        await call(app, "/up/x", headers=[("connection", "x-user"), ("x-user", "alice")])
        assert server.calls[0].header("x-user") == "alice"

    passed_on(tmp_path, scenario, more="asgi=lambda app: app")


def test_what_another_server_tells_of_itself_is_not_told_of_this_one(tmp_path: Path) -> None:
    async def scenario(server: Server, app: Application) -> None:
        async def answer(sent: Call) -> None:
            await sent.answer(b"ok", "x-byway-cache: HIT", "X-Byway-Cache-Reason: it", "x-other: 1")

        server.handler = answer
        peer = await call(app, "/up/x")
        assert sorted(name for name, _ in peer.headers) == ["content-length", "x-other"]

    passed_on(tmp_path, scenario)
