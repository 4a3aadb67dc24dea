"""``proxy.py``: which requests it sees, what becomes of them, and that nobody gets around it."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

import byway.server
from byway.asgi import Application
from byway.build import build
from byway.build.manifest import read_manifest
from byway.build.route_table import route_table
from byway.dev.application import DevApplication
from byway.problems import AppError
from byway.runtime.pipeline import Pipeline
from byway.runtime.proxy import FetchEvent, Proxy
from byway.server import URL, Response
from byway.testing import Client, FetchStub

from ..support import Peer, call, loaded, problems_of, route, write_app

PROXY = """\
import asyncio
import byway
from byway import cookies, headers, not_found, redirect
from byway.server import FetchEvent, Headers, Request, Response, URL, after

"""

ECHO = route(
    """
    async def GET(request, ctx):
        return Response.json({
            "route": PLACE,
            "params": await ctx.params,
            "url": str(request.url),
            "method": request.method,
            "headers": {k: v for k, v in headers().items() if k.startswith("x-") and "forwarded" not in k},
            "cookies": {cookie.name: cookie.value for cookie in cookies()},
            "body": await request.text(),
        })

    POST = GET
    """
)
ROUTES = {
    "app/route.py": ECHO.replace("PLACE", '"/"'),
    "app/admin/[[...rest]]/route.py": ECHO.replace("PLACE", '"admin"'),
    "app/[slug]/route.py": ECHO.replace("PLACE", '"slug"'),
    "app/target/[...rest]/route.py": ECHO.replace("PLACE", '"target"'),
}


def app_with(root: Path, proxy: str, config: object = None, files: dict[str, str] | None = None) -> Client:
    """A client of the echoing app with a ``proxy.py`` of that text."""
    text = PROXY + (f"config = {config!r}\n" if config is not None else "") + proxy
    return Client(write_app(root, {**ROUTES, "proxy.py": text, **(files or {})}), base_url="http://example.com")


def failure(caplog: pytest.LogCaptureFixture) -> str:
    (record,) = [record for record in caplog.records if record.name == "byway.error"]
    assert record.exc_info
    return str(record.exc_info[1])


# Which requests it sees


MARK = "def proxy(): return Response.next(headers={'x-proxy': 'yes'})"


def test_without_a_matcher_it_sees_every_request(tmp_path: Path) -> None:
    with app_with(tmp_path, MARK, files={"public/file.txt": "file"}) as client:
        for path in ("/", "/x", "/admin/a/b", "/file.txt", "/no/such/route", "/_byway/x"):
            assert client.get(path).headers.get("x-proxy") == "yes", path
        assert client.post("/x").headers["x-proxy"] == "yes"
        assert client.get("/file.txt").text == "file"


@pytest.mark.parametrize(
    ("matcher", "seen", "unseen"),
    [
        ("/admin/:path*", ["/admin", "/admin/a/b"], ["/", "/adminx", "/Admin", "/x"]),
        (["/x", "/target/:one"], ["/x", "/target/a"], ["/", "/target/a/b"]),
        ("/((?!admin).*)", ["/", "/x", "/target/a"], ["/admin", "/admin/a"]),
        ([{"source": "/x"}], ["/x"], ["/y"]),
        ([{"source": "/x", "has": [{"type": "query", "key": "a", "value": "1"}]}], ["/x?a=1"], ["/x", "/x?a=2"]),
        (({"source": "/x", "missing": ({"type": "query", "key": "a"},)},), ["/x"], ["/x?a=2"]),
    ],
)
def test_a_matcher_chooses_requests(tmp_path: Path, matcher: object, seen: list[str], unseen: list[str]) -> None:
    with app_with(tmp_path, MARK, {"matcher": matcher}) as client:
        assert [path for path in seen + unseen if "x-proxy" in client.get(path).headers] == seen


def test_the_path_is_normalised_before(tmp_path: Path) -> None:
    with app_with(tmp_path, MARK) as client:
        for path in ("/x/", "/a//b", "/admin//"):
            answer = client.get(path)
            assert answer.status_code == 308
            assert "x-proxy" not in answer.headers


def test_the_development_servers_own_path_does_not_go_through_it(tmp_path: Path) -> None:
    write_app(tmp_path, {**ROUTES, "proxy.py": PROXY + "def proxy(): return Response('proxy')"})
    application = DevApplication(tmp_path)

    async def scenario() -> tuple[Peer, Peer]:
        return (
            await call(application, "/_byway/dev/events", "DELETE", host="localhost"),
            await call(application, "/_byway/dev/other", host="localhost"),
        )

    async def with_end() -> tuple[Peer, Peer]:
        try:
            return await scenario()
        finally:
            await application.stop()

    try:
        own, other = asyncio.run(with_end())
    finally:
        application.app.close()
    assert own.status == 405
    assert other.text == "proxy"


# Nobody gets around it


GUARD = """
def proxy(request):
    return Response("guarded", status=403)
"""


@pytest.mark.parametrize("matcher", ["/admin/:path*", "/admin/(.*)?", ["/admin", "/admin/:a", "/admin/:a/:b"]])
@pytest.mark.parametrize(
    "path",
    [
        "/admin",
        "/admin/secret",
        "/%61dmin/secret",
        "/%61%64%6D%69%6e",
        "/admin/%73ecret",
        "/admin/a%2Fb",
        "/%61dmin/a%2Fb",
        "/%61dmin/a%3Fb",
        "/%61dmin/a%0Ab",
        "/admin/%C3%A9/%2F",
        "/admin/%00",
        "/admin?x=/public",
        "/admin/;x",
    ],
)
def test_no_spelling_of_a_path_gets_around_it(tmp_path: Path, matcher: object, path: str) -> None:
    config = f"config = {{'matcher': {matcher!r}}}\n"
    with loaded(write_app(tmp_path, {**ROUTES, "proxy.py": PROXY + config + GUARD})) as application:
        peer = asyncio.run(started_call(application, path))
    assert (peer.status, peer.text) == (403, "guarded")


async def started_call(application: Application, path: str, method: str = "GET", **fields: Any) -> Peer:
    await application.start()
    return await call(application, path, method, **fields)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("//admin/secret", 308),
        ("/admin//secret", 308),
        ("/admin/secret/", 308),
        ("\\admin", 400),
        ("/./admin", 308),
        ("/x/../admin", 308),
        ("/admin/..", 308),
        ("/x/%2e%2E/admin", 308),
        ("http://example.com/admin", 400),
        ("admin", 400),
        ("*", 400),
        ("/%", 400),
        ("/admin/%ff", 400),
        ("/ADMIN/secret", 404),
    ],
)
def test_what_it_does_not_see_reaches_no_handler(tmp_path: Path, path: str, status: int) -> None:
    config = "config = {'matcher': ['/admin/:path*', '/:slug']}\n"
    with loaded(write_app(tmp_path, {**ROUTES, "proxy.py": PROXY + config + GUARD})) as application:
        peer = asyncio.run(started_call(application, path))
    assert peer.status == status
    assert '"route"' not in peer.text


@pytest.mark.parametrize(
    "path",
    [
        "/base/admin",
        "/base/admin/",
        "/base/%61dmin/secret",
        "/base/admin%2Fsecret",
        "/base//admin",
        "/base/x/../admin",
        "//base/admin",
        "/%62ase/admin",
        "/admin",
        "/BASE/admin",
        "http://example.com/base/admin",
    ],
)
@pytest.mark.parametrize("more", ["", "trailing_slash=True", "skip_trailing_slash_redirect=True"])
def test_below_a_base_path_there_is_no_way_around_it_either(tmp_path: Path, path: str, more: str) -> None:
    text = f"from byway import Config\nconfig = Config(base_path='/base', {more})\n"
    config = "config = {'matcher': ['/admin/:path*', '/:slug']}\n"
    files = {**ROUTES, "byway_config.py": text, "proxy.py": PROXY + config + GUARD}
    with loaded(write_app(tmp_path, files)) as application:
        peer = asyncio.run(started_call(application, path))
    assert peer.status in (308, 400, 403, 404)
    assert '"route"' not in peer.text


def test_with_rules_for_other_segments_no_spelling_gets_around_it(tmp_path: Path) -> None:
    """Which steps there are for a path is found by its first segment, which may be spelled in several ways."""
    text = """
from byway import Config
def redirects(): return [{"source": f"/{name}/:x", "destination": "/", "permanent": True} for name in ("x", "y")]
config = Config(redirects=redirects)
"""
    config = "config = {'matcher': ['/admin/:path*', '/%C3%A9/:path*', '/é/:path*', '/a b/:path*']}\n"
    files = {**ROUTES, "byway_config.py": text, "proxy.py": PROXY + config + GUARD}
    with loaded(write_app(tmp_path, files)) as application:
        for path in ("/admin", "/%61dmin", "/admin%2Fx", "/%C3%A9/x", "/%c3%a9", "/a%20b", "/%61%20%62/x"):
            peer = asyncio.run(started_call(application, path))
            assert (peer.status, peer.text) == (403, "guarded"), path
        assert asyncio.run(started_call(application, "/x")).status == 200


@pytest.mark.parametrize("prefix", ["x-middleware", "x-nextjs-middleware", "x-byway"])
def test_no_header_of_a_client_stands_in_for_it(tmp_path: Path, prefix: str) -> None:
    forged = {
        f"{prefix}-next": "1",
        f"{prefix}-skip": "1",
        f"{prefix}-subrequest": "proxy:proxy:proxy:proxy:proxy",
        f"{prefix}-rewrite": "/target/x",
        f"{prefix}-redirect": "/target/x",
        f"{prefix}-set-cookie": "admin=1",
        f"{prefix}-override-headers": "x-user",
        f"{prefix}-request-x-user": "root",
        "x-matched-path": "/target/x",
        "purpose": "prefetch",
        "x-prerender-revalidate": "1",
    }
    with app_with(tmp_path, GUARD, {"matcher": "/admin/:path*"}) as client:
        assert client.get("/admin", headers=forged).text == "guarded"
        seen = client.get("/x", headers=forged)
        assert seen.json()["route"] == "slug"
        assert "x-user" not in seen.json()["headers"]
        assert seen.json()["cookies"] == {}
        assert "set-cookie" not in seen.headers


def test_every_method_goes_through_it(tmp_path: Path) -> None:
    with app_with(tmp_path, GUARD) as client:
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"):
            assert client.request(method, "/x").status_code == 403


# How it is called


@pytest.mark.parametrize(
    "proxy",
    [
        "def proxy(): return Response('called')",
        "def proxy(request): return Response('called' if request.method == 'GET' else '')",
        "def proxy(event): return Response('called' if type(event) is FetchEvent else '')",
        "async def proxy(event, request): return Response('called' if request.url.pathname == '/x' else '')",
        "async def proxy(*, request): return Response('called')",
        "def proxy(request, **props): return Response('called' if list(props) == ['event'] else '')",
        "proxy = lambda request: Response('called')",
        "async def inner(request): return Response('called')\nproxy = lambda request: inner(request)",
        "class P:\n    async def __call__(self, request): return Response('called')\nproxy = P()",
    ],
)
def test_it_is_given_what_it_declares_by_name(tmp_path: Path, proxy: str) -> None:
    with app_with(tmp_path, proxy) as client:
        assert client.get("/x").text == "called"


def test_a_def_runs_in_a_thread_and_may_run_awaitables(tmp_path: Path) -> None:
    proxy = """
import threading
def proxy(request):
    return Response(f"{threading.current_thread() is threading.main_thread()} {byway.run(request.text())}")
"""
    with app_with(tmp_path, proxy) as client:
        assert client.post("/x", content="body").text == "False body"


def test_cookies_and_headers_are_those_of_the_request(tmp_path: Path) -> None:
    proxy = "async def proxy(): return Response(cookies().get('a').value + headers()['x-b'])"
    with app_with(tmp_path, proxy) as client:
        assert client.get("/x", headers={"cookie": "a=1", "x-b": "2"}).text == "12"


# Going on


@pytest.mark.parametrize("returned", ["None", "Response.next()"])
def test_nothing_and_next_go_on_to_the_route(tmp_path: Path, returned: str) -> None:
    with app_with(tmp_path, f"def proxy(): return {returned}") as client:
        answer = client.get("/a%20b?q=1", headers={"x-a": "1", "cookie": "a=1"})
        assert answer.json() == {
            "route": "slug",
            "params": {"slug": "a b"},
            "url": "http://example.com/a%20b?q=1",
            "method": "GET",
            "headers": {"x-a": "1"},
            "cookies": {"a": "1"},
            "body": "",
        }
        assert client.get("/a/b/c").status_code == 404


def test_what_it_changes_on_its_request_is_not_handed_on(tmp_path: Path) -> None:
    proxy = """
def proxy(request):
    request.headers.set("x-a", "changed")
    request.cookies.set("a", "changed")
    request.url.pathname = "/changed"
    request.url.search_params.set("q", "changed")
"""
    config = {"matcher": [{"source": "/x", "has": [{"type": "query", "key": "q"}, {"type": "cookie", "key": "a"}]}]}
    with app_with(tmp_path, proxy, config) as client:
        seen = client.get("/x?q=1", headers={"x-a": "1", "cookie": "a=1"}).json()
        assert (seen["headers"], seen["cookies"], seen["url"]) == ({"x-a": "1"}, {"a": "1"}, "http://example.com/x?q=1")


def test_request_headers_replace_those_that_the_handler_sees(tmp_path: Path) -> None:
    proxy = """
def proxy(request):
    sent = Headers(request.headers)
    sent.set("x-user", "from proxy")
    sent.delete("x-secret")
    sent.set("cookie", "b=2")
    return Response.next(request_headers=sent)
"""
    config = {"matcher": [{"source": "/x", "missing": [{"type": "cookie", "key": "none"}]}]}
    with app_with(tmp_path, proxy, config) as client:
        answer = client.get("/x", headers={"x-user": "client", "x-secret": "s", "x-kept": "k", "cookie": "a=1"})
        assert answer.json()["headers"] == {"x-kept": "k", "x-user": "from proxy"}
        assert answer.json()["cookies"] == {"b": "2"}
        assert "x-user" not in answer.headers


def test_request_headers_replace_all_of_them(tmp_path: Path) -> None:
    with app_with(tmp_path, "def proxy(): return Response.next(request_headers={'x-only': '1'})") as client:
        seen = client.post("/x", headers={"x-a": "1", "cookie": "a=1"}, content="body").json()
        assert (seen["headers"], seen["cookies"], seen["body"]) == ({"x-only": "1"}, {}, "body")


def test_response_headers_are_on_every_answer(tmp_path: Path) -> None:
    files = {"public/file.txt": "file", "app/broken/route.py": "def GET(): raise ValueError\n"}
    with app_with(tmp_path, MARK, files=files) as client:
        for path, status in (("/x", 200), ("/file.txt", 200), ("/no/such/route", 404), ("/broken", 500)):
            answer = client.get(path)
            assert (answer.status_code, answer.headers.get_list("x-proxy")) == (status, ["yes"])
        assert client.delete("/x").status_code == 405
        assert client.delete("/x").headers["x-proxy"] == "yes"
        assert client.head("/x").headers["x-proxy"] == "yes"


def test_its_headers_win_but_for_those_that_add_up(tmp_path: Path) -> None:
    proxy = """
def proxy():
    return Response.next(headers=[
        ("cache-control", "private"), ("content-type", "text/x"), ("vary", "x-a"), ("www-authenticate", "Basic"),
        ("set-cookie", "p=1; Path=/"), ("set-cookie", "both=proxy; Path=/"), ("content-length", "1"),
        ("connection", "close"), ("transfer-encoding", "chunked"),
    ])
"""
    handler = route(
        """
        async def GET():
            return Response("text", headers=[
                ("cache-control", "public"), ("vary", "x-b"), ("www-authenticate", "Digest"), ("x-own", "kept"),
                ("set-cookie", "h=1; Path=/"), ("set-cookie", "both=handler; Path=/"),
            ])
        """
    )
    with app_with(tmp_path, proxy, files={"app/own/route.py": handler}) as client:
        answer = client.get("/own")
        assert answer.text == "text"
        assert answer.headers.get_list("cache-control") == ["private"]
        assert answer.headers.get_list("content-type") == ["text/x"]
        assert sorted(answer.headers.get_list("vary")) == ["x-a", "x-b"]
        assert sorted(answer.headers.get_list("www-authenticate")) == ["Basic", "Digest"]
        assert answer.headers["x-own"] == "kept"
        assert answer.headers["content-length"] == "4"
        assert "connection" not in answer.headers
        assert "transfer-encoding" not in answer.headers
        assert sorted(answer.headers.get_list("set-cookie")) == ["both=handler; Path=/", "h=1; Path=/", "p=1; Path=/"]


def test_a_response_that_handlers_share_does_not_collect_headers(tmp_path: Path) -> None:
    handler = route("SHARED = Response('x', headers={'vary': 'a'})\ndef GET(): return SHARED")
    proxy = "def proxy(request): return Response.next(headers={'vary': 'b', 'x-path': request.url.search})"
    with app_with(tmp_path, proxy, files={"app/shared/route.py": handler}) as client:
        for query in ("?1", "?2"):
            answer = client.get("/shared" + query)
            assert (answer.headers.get_list("x-path"), len(answer.headers.get_list("vary"))) == ([query], 2)


def test_its_cookies_are_sent_and_seen_by_the_handler(tmp_path: Path) -> None:
    proxy = """
async def proxy(request):
    response = Response.next()
    response.cookies.set("new", "é", http_only=True)
    response.cookies.delete("old")
    (await cookies()).set("store", "1")
    (await cookies()).set("new", "lost")
    return response
"""
    with app_with(tmp_path, proxy) as client:
        answer = client.get("/x", headers={"cookie": "old=1; kept=1"})
        assert answer.json()["cookies"] == {"kept": "1", "new": "é", "store": "1"}
        assert answer.headers.get_list("set-cookie") == [
            "new=%C3%A9; Path=/; HttpOnly",
            "old=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "store=1; Path=/",
        ]


def test_a_handlers_cookie_wins_over_the_proxys(tmp_path: Path) -> None:
    proxy = """
def proxy():
    response = Response.next()
    for name in ("a", "b", "c"):
        response.cookies.set(name, "proxy")
    return response
"""
    handler = route(
        """
        def GET():
            cookies().set("a", "store")
            response = Response(cookies().get("b").value)
            response.cookies.set("b", "response")
            return response
        """
    )
    with app_with(tmp_path, proxy, files={"app/own/route.py": handler}) as client:
        answer = client.get("/own")
        assert answer.text == "proxy"
        assert sorted(answer.headers.get_list("set-cookie")) == [
            "a=store; Path=/",
            "b=response; Path=/",
            "c=proxy; Path=/",
        ]


def test_its_cookies_are_sent_though_the_handler_fails(tmp_path: Path) -> None:
    files = {
        "app/broken/route.py": "def GET(): raise ValueError\n",
        "app/missing/route.py": route("def GET(): not_found()"),
    }
    with app_with(tmp_path, "def proxy(): cookies().set('seen', '1')", files=files) as client:
        for path in ("/broken", "/missing", "/no/such/route"):
            assert client.get(path).headers.get_list("set-cookie") == ["seen=1; Path=/"]


def test_the_cookies_of_a_proxy_that_has_returned_cannot_be_changed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    proxy = "JARS = []\ndef proxy(): JARS.append(cookies())"
    handler = route("from proxy import JARS\ndef GET(): JARS[-1].set('a', '1')")
    with app_with(tmp_path, proxy, files={"app/own/route.py": handler}) as client:
        assert client.get("/own").status_code == 500
    assert "that of a proxy that has returned, and cannot be changed any more" in failure(caplog)


# Bodies


@pytest.mark.parametrize(
    "read", ["await request.text()", "await anext(request.body)", "[c async for c in request.body]"]
)
def test_a_body_that_it_read_is_read_again_by_the_handler(tmp_path: Path, read: str) -> None:
    proxy = f"async def proxy(request):\n    return Response.next(headers={{'x-read': str({read})}})"
    with app_with(tmp_path, proxy) as client:
        answer = client.post("/x", content="payload")
        assert "payload" in answer.headers["x-read"]
        assert answer.json()["body"] == "payload"


def test_a_clone_in_the_proxy_leaves_the_body_to_all(tmp_path: Path) -> None:
    proxy = """
async def proxy(request):
    texts = [await request.clone().text(), await request.text()]
    return Response.next(headers={"x-read": " ".join(texts)})
"""
    with app_with(tmp_path, proxy) as client:
        answer = client.post("/x", content="payload")
        assert (answer.headers["x-read"], answer.json()["body"]) == ("payload payload", "payload")


def test_a_body_that_it_does_not_read_is_not_kept(tmp_path: Path) -> None:
    handler = route(
        """
        async def POST(request):
            sizes = [len(chunk) async for chunk in request.body]
            return Response.json([sizes, type(request._body._source).__name__])
        """
    )
    with loaded(write_app(tmp_path, {"app/own/route.py": handler, "proxy.py": PROXY + MARK})) as application:
        peer = asyncio.run(started_call(application, "/own", "POST", body=b"x" * 100))
    assert json.loads(peer.text) == [[100], "LimitedSource"]


def test_a_body_is_bounded_in_the_proxy_too(tmp_path: Path) -> None:
    files = {"byway_config.py": "from byway import Config\nconfig = Config(max_body_size=10)\n"}
    with app_with(tmp_path, "async def proxy(request): await request.text()", files=files) as client:
        assert client.post("/x", content="x" * 10).status_code == 200
        assert client.post("/x", content="x" * 11).status_code == 413


def test_who_reads_after_the_handler_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    proxy = "def proxy(request): after(request.text)"
    with app_with(tmp_path, proxy) as client:
        assert client.post("/x", content="body").json()["body"] == "body"
        client.drain()
    (record,) = [record for record in caplog.records if record.name == "byway.after"]
    assert record.exc_info
    assert "already read" in str(record.exc_info[1])


# Rewrites


@pytest.mark.parametrize(
    ("target", "url", "rest"),
    [
        ("'/target/a'", "/target/a", ["a"]),
        ("'/target/a?via=proxy&b'", "/target/a?via=proxy&b", ["a"]),
        ("'target/a'", "/target/a", ["a"]),
        ("'/x/../target/%61/é/'", "/target/%61/%C3%A9", ["a", "é"]),
        ("'//example.com/target/a//b#hash'", "/target/a/b", ["a", "b"]),
        ("'http://example.com:80/target/a'", "/target/a", ["a"]),
        ("'http://user:word@example.com/target/a'", "/target/a", ["a"]),
        ("URL('/target/a', request.url)", "/target/a", ["a"]),
        ("URL('/target/a%2Fb', request.url)", "/target/a%2Fb", ["a/b"]),
    ],
)
def test_a_rewrite_goes_on_with_the_path_and_query_of_its_url(
    tmp_path: Path, target: str, url: str, rest: list[str]
) -> None:
    with app_with(tmp_path, f"def proxy(request): return Response.rewrite({target})") as client:
        answer = client.post("/x?dropped=1", headers={"x-a": "1"}, content="body")
        seen = answer.json()
        assert (seen["route"], seen["params"]) == ("target", {"rest": rest})
        assert seen["url"] == "http://example.com" + url
        assert (seen["method"], seen["headers"], seen["body"]) == ("POST", {"x-a": "1"}, "body")
        assert "location" not in answer.headers


def test_a_rewritten_clone_of_the_url_keeps_the_query(tmp_path: Path) -> None:
    proxy = """
def proxy(request):
    url = request.next_url.clone()
    url.pathname = "/target/kept"
    return Response.rewrite(url, headers={"x-rewritten": "yes"}, request_headers={"x-only": "1"})
"""
    with app_with(tmp_path, proxy) as client:
        answer = client.get("/x?a=1&a=2", headers={"x-a": "1"})
        assert answer.json()["url"] == "http://example.com/target/kept?a=1&a=2"
        assert answer.json()["headers"] == {"x-only": "1"}
        assert answer.headers["x-rewritten"] == "yes"


def test_a_rewrite_reaches_public_files_and_nothing(tmp_path: Path) -> None:
    proxy = "def proxy(request): return Response.rewrite(request.url.search_params.get('to'))"
    with app_with(tmp_path, proxy, files={"public/file.txt": "file"}) as client:
        assert client.get("/x?to=/file.txt").text == "file"
        assert client.get("/x?to=/no/such/route").status_code == 404
        assert client.get("/x?to=/%25zz").status_code == 400


def test_a_rewrite_below_a_mount_stays_below_it(tmp_path: Path) -> None:
    proxy = "def proxy(request): return Response.rewrite(URL('/target/a', request.url))"
    with loaded(write_app(tmp_path, {**ROUTES, "proxy.py": PROXY + proxy})) as application:
        peer = asyncio.run(started_call(application, "/base/x", root_path="/base"))
    assert json.loads(peer.text)["url"] == "http://example.com/base/target/a"


@pytest.mark.parametrize(
    "target", ["https://example.com/a", "http://example.com:81/a", "//other.example/a", "http://other.example/a"]
)
def test_a_rewrite_to_another_origin_is_passed_on(tmp_path: Path, target: str) -> None:
    proxy = f"""
def proxy(request):
    headers = Headers(request.headers)
    headers.set("x-a", "2")
    return Response.rewrite({target!r} + "?b=2", headers={{"x-b": "1"}}, request_headers=headers)
"""
    href = str(URL(f"{target}?b=2", "http://example.com/x"))
    stub = FetchStub()
    stub.on(href, Response("from there", status=201, headers={"x-there": "1", "x-b": "there"}), method="POST")
    files = write_app(tmp_path, {**ROUTES, "proxy.py": PROXY + proxy})
    with Client(files, base_url="http://example.com", fetch=stub) as client:
        answer = client.post("/x?a=1", headers={"x-a": "1"}, content="body")
    assert (answer.status_code, answer.text) == (201, "from there")
    assert (answer.headers["x-there"], answer.headers["x-b"]) == ("1", "1")
    assert (stub.requests[0].url.href, stub.requests[0].headers.get("x-a")) == (href, "2")


@pytest.mark.parametrize(
    "target", ["ftp://other.example/a", "https://user:secret@other.example/a", "data:text/plain,a"]
)
def test_a_rewrite_to_what_cannot_be_asked_is_an_error_that_says_so(
    tmp_path: Path, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    with app_with(tmp_path, f"def proxy(): return Response.rewrite({target!r})") as client:
        assert client.get("/x").status_code == 500
    assert failure(caplog).startswith("proxy in proxy.py rewrites to ")
    assert failure(caplog).endswith(
        'a request is passed on to a URL that begins with "http://" or "https://" and has no user name or password.'
    )
    assert "secret" not in failure(caplog)


# Answering


def test_any_other_response_is_the_answer(tmp_path: Path) -> None:
    proxy = """
def proxy():
    cookies().set("a", "1")
    return Response.json({"success": False}, status=401, headers={"x-made": "proxy"})
"""
    with app_with(tmp_path, proxy) as client:
        for answer in (client.get("/x"), client.post("/no/such/route", content="body")):
            assert (answer.status_code, answer.json()) == (401, {"success": False})
            assert (answer.headers["x-made"], answer.headers["set-cookie"]) == ("proxy", "a=1; Path=/")


def test_an_answer_may_stream(tmp_path: Path) -> None:
    with app_with(tmp_path, "def proxy(): return Response(iter(['a', 'b']))") as client:
        assert client.get("/x").text == "ab"


@pytest.mark.parametrize(
    ("answer", "status", "location"),
    [
        ("Response.redirect('/target')", 307, "/target"),
        ("Response.redirect(URL('/target?a=1', request.url), 308)", 308, "/target?a=1"),
        ("Response.redirect(URL('/', request.url), 303)", 303, "/"),
        ("Response.redirect('https://example.com/away', 302)", 302, "https://example.com/away"),
        ("Response.redirect('http://example.com.evil.example/a')", 307, "http://example.com.evil.example/a"),
        ("Response.redirect('http://example.com//evil.example')", 307, "http://example.com//evil.example"),
        ("Response.redirect('http://example.com')", 307, "http://example.com"),
        ("Response(status=201, headers={'location': str(request.url)})", 201, "http://example.com/x"),
        ("redirect('/target')", 307, "/target"),
    ],
)
def test_a_redirect_within_the_origin_is_relative(tmp_path: Path, answer: str, status: int, location: str) -> None:
    with app_with(tmp_path, f"def proxy(request):\n    cookies().set('a', '1')\n    return {answer}") as client:
        found = client.get("/x")
        assert (found.status_code, found.headers.get_list("location")) == (status, [location])
        assert found.headers["set-cookie"] == "a=1; Path=/"


def test_control_flow_works_as_in_a_handler(tmp_path: Path) -> None:
    with app_with(tmp_path, "async def proxy():\n    cookies().set('a', '1')\n    not_found()") as client:
        answer = client.get("/x")
        assert (answer.status_code, answer.text) == (404, "")
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("value", ["{'a': 1}", "'text'", "Response"])
def test_what_is_no_response_is_an_error_that_says_so(
    tmp_path: Path, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    with app_with(tmp_path, f"def proxy(): return {value}") as client:
        answer = client.get("/x")
    assert answer.status_code == 500
    kind = type(eval(value, {"Response": type})).__name__
    assert failure(caplog) == (
        f"proxy in proxy.py returned {kind}, not a Response. "
        "Return a Response as the answer, or None or Response.next() to go on."
    )


def test_an_error_is_a_500_that_is_logged_and_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = {
        "instrumentation.py": "SEEN = []\ndef on_request_error(error, _, about): SEEN.append((str(error), about))\n",
        "app/seen/route.py": route("from instrumentation import SEEN\ndef GET(): return Response.json(SEEN)"),
    }
    proxy = "def proxy(): raise ValueError('in the proxy')"
    with app_with(tmp_path, proxy, {"matcher": "/x"}, files) as client:
        assert client.get("/x").status_code == 500
        ((error, context),) = client.get("/seen").json()
    assert error == "in the proxy"
    assert (context["route_path"], context["route_type"]) == ("/proxy", "proxy")
    assert caplog.records[-1].getMessage().startswith("GET /x failed (request ")


@pytest.mark.parametrize(
    ("returned", "shown"),
    [("Response.next()", "Response.next(…)"), ("Response.rewrite('/a')", "Response.rewrite('/a', …)")],
)
def test_in_a_handler_next_and_rewrite_are_an_error_that_says_so(
    tmp_path: Path, returned: str, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    write_app(tmp_path, {"app/own/route.py": route(f"def GET(): return {returned}")})
    with Client(tmp_path) as client:
        assert client.get("/own").status_code == 500
    assert failure(caplog).startswith(f"GET in app/own/route.py returned {shown}, which belongs to proxy.py: ")


# Work after the answer


def test_wait_until_and_after_do_their_work_after_the_answer(tmp_path: Path) -> None:
    proxy = """
DONE = []
async def work(name):
    DONE.append(name + headers()["x-a"])
async def proxy(request, event):
    event.wait_until(work("coroutine"))
    event.wait_until(asyncio.ensure_future(work("task")))
    after(lambda: DONE.append("after"))
    if request.url.pathname == "/answered":
        return Response("answered")
"""
    handler = """
from byway.server import Response
from proxy import DONE
def GET():
    done = sorted(DONE)
    DONE.clear()
    return Response.json(done)
"""
    config = {"matcher": ["/answered", "/x"]}
    with app_with(tmp_path, proxy, config, {"app/done/route.py": handler}) as client:
        for path in ("/answered", "/x"):
            assert client.get(path, headers={"x-a": "1"}).status_code == 200
            client.drain()
            assert client.get("/done").json() == ["after", "coroutine1", "task1"]


def test_wait_until_takes_awaitables_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with app_with(tmp_path, "def proxy(event): event.wait_until(print)") as client:
        assert client.get("/x").status_code == 500
    assert failure(caplog) == (
        "event.wait_until() takes an awaitable, not builtin_function_or_method. after() takes functions as well."
    )


# Mistakes


EXAMPLE = "Write `async def proxy(request: Request, event: FetchEvent) -> Response | None: …`"


@pytest.mark.parametrize(
    ("text", "where", "what", "cure"),
    [
        ("x = 1", "", "This file defines no function named proxy, so it does nothing.", EXAMPLE),
        ("proxy = {}", ":1", "proxy is dict, not a function.", EXAMPLE),
        ("def proxy(req): ...", ":1", "proxy has the parameter 'req', for which there is no value.", "Its parameters"),
        ("def proxy(request):\n    yield", ":1", "proxy is a generator: it yields instead of returning", EXAMPLE),
        ("config = []", ":1", "config is list, not a dict.", 'Write `config = {"matcher": "/about/:path*"}`'),
        ("config = {'runtime': 'edge'}", ":1", 'config has the key "runtime", which is not possible', "Remove it"),
        ("config = {'matchers': '/a'}", ":1", "config has an unknown key 'matchers'.", 'Its only key is "matcher".'),
        ("config = {'matcher': 1}", ":1", "matcher is int, not str or list.", 'Write `config = {"matcher"'),
        ("config = {'matcher': {'source': '/a'}}", ":1", "matcher is dict, not str or list.", "Write `config"),
        ("config = {'matcher': []}", ":1", "matcher is empty, so the proxy would never be called.", "Remove it"),
        ("config = {'matcher': 'about'}", ":1", "matcher: The source 'about' does not begin", 'Write "/about".'),
        ("config = {'matcher': ['/a', 1]}", ":1", "matcher[1] is int, not str or dict.", "Write a source, or"),
        ("config = {'matcher': [{}]}", ":1", "matcher[0] has no source.", "Write the paths that it is for"),
        (
            "config = {'matcher': [{'source': '/a', 'locale': False}]}",
            ":1",
            "matcher[0] has an unknown key 'loc",
            "Its",
        ),
        (
            "config = {'matcher': [{'source': '/a', 'has': {}}]}",
            ":1",
            "matcher[0].has is dict, not a list.",
            "Write an",
        ),
        (
            "config = {'matcher': [{'source': '/a', 'missing': [1]}]}",
            ":1",
            "matcher[0].missing[0]: An item is",
            "Write",
        ),
        ("raise ValueError('x')", ":1", "This file does not import: ValueError: x", "Mend"),
    ],
)
def test_a_mistake_is_found_at_start(tmp_path: Path, text: str, where: str, what: str, cure: str) -> None:
    if "config" in text:
        text += "\ndef proxy(): ..."
    ((file, found, advice),) = problems_of(write_app(tmp_path, {**ROUTES, "proxy.py": text + "\n"}))
    assert file == "proxy.py" + where
    assert found.startswith(what)
    assert advice.startswith(cure)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = """\
        config = {"runtime": "edge", "matcher": ["about", {"source": "/a*", "has": [{"type": "host"}, {}]}, "/ok"]}

        def middleware(request): ...
        """
    with pytest.raises(AppError) as caught:
        build(write_app(tmp_path, {"app/route.py": ECHO, "proxy.py": text}))
    assert str(caught.value) == (
        f"""\
This app has 6 problems:

proxy.py
  This file defines no function named proxy, so it does nothing.
  → {EXAMPLE}.

proxy.py:1
  config has the key "runtime", which is not possible here.
  → Remove it: a proxy runs where the rest of the app does.

proxy.py:1
  matcher[0]: The source 'about' does not begin with a slash.
  → Write "/about".

proxy.py:1
  matcher[1].has[0]: An item of the type "host" has no value.
  → Write "value": "example\\\\.com".

proxy.py:1
  matcher[1].has[1]: An item's type is None.
  → Write "header", "cookie", "query" or "host".

proxy.py:1
  matcher[1]: The source '/a*' is malformed: at character 3, "*" follows no parameter or group.
  → Write ":path*", or "\\*" for the character itself."""
    )


def test_a_proxy_beside_src_instead_of_in_it_is_a_mistake(tmp_path: Path) -> None:
    write_app(tmp_path, {"src/app/route.py": ECHO.replace("PLACE", "''"), "proxy.py": PROXY + GUARD})
    assert problems_of(tmp_path) == [
        (
            "proxy.py",
            "This file does not lie beside the app folder, so it would not run.",
            'Move it to "src/proxy.py".',
        )
    ]


# Building and loading


def test_it_lies_in_src_when_the_app_does(tmp_path: Path) -> None:
    files = {"src/app/[x]/route.py": ECHO.replace("PLACE", "''"), "src/proxy.py": PROXY + GUARD}
    with Client(write_app(tmp_path, files)) as client:
        assert client.get("/x").text == "guarded"


def test_a_build_knows_it(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/route.py": ECHO.replace("PLACE", "''"), "proxy.py": PROXY + MARK})
    app, manifest = build(tmp_path)
    app.close()
    assert manifest.proxy == "proxy.py"
    assert "ƒ Proxy  proxy.py" in route_table(manifest.routes, manifest.proxy).plain.splitlines()
    assert "Proxy" not in route_table(manifest.routes).plain
    assert read_manifest(tmp_path, tmp_path / ".byway") == manifest
    (tmp_path / "proxy.py").write_text(PROXY + GUARD)
    with pytest.raises(AppError, match=r"proxy\.py was changed"):
        read_manifest(tmp_path, tmp_path / ".byway")
    (tmp_path / "proxy.py").unlink()
    with pytest.raises(AppError, match=r"proxy\.py was removed"):
        read_manifest(tmp_path, tmp_path / ".byway")


def test_the_development_server_loads_a_changed_proxy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    write_app(tmp_path, {**ROUTES, "proxy.py": PROXY + "def proxy(): return Response('one')"})
    application = DevApplication(tmp_path)
    path = tmp_path / "proxy.py"

    async def scenario() -> list[str]:
        answers: list[str] = []
        try:
            answers.append((await call(application, "/x", host="localhost")).text)
            path.write_text(PROXY + "def proxy(): return Response('two')")
            await application.reload([path])
            answers.append((await call(application, "/x", host="localhost")).text)
            path.unlink()
            await application.reload([path])
            answers.append(json.loads((await call(application, "/x", host="localhost")).text)["route"])
        finally:
            await application.stop()
        return answers

    try:
        assert asyncio.run(scenario()) == ["one", "two", "slug"]
    finally:
        application.app.close()


def test_an_app_without_proxy_and_rules_has_no_steps_but_its_routes(tmp_path: Path) -> None:
    with loaded(write_app(tmp_path / "plain", ROUTES)) as application:
        assert application.app.proxy is None
        assert steps_of(application) == ["Routes", "NotFound"]
    with loaded(write_app(tmp_path / "other", {"proxy.py": PROXY + MARK, **ROUTES})) as application:
        assert isinstance(application.app.proxy, Proxy)
        assert steps_of(application) == ["Proxy", "Routes", "NotFound"]


def steps_of(application: Application) -> list[str]:
    pipeline = application.app.pipeline
    assert isinstance(pipeline, Pipeline)
    return [type(step).__name__ for _, step in pipeline._all]


def test_the_event_is_a_public_name() -> None:
    assert byway.server.FetchEvent is FetchEvent


PATH_GUARD = """
from byway.server import Response

def proxy(request):
    if request.url.pathname.startswith("/admin"):
        return Response("no", status=401)
    if request.url.pathname.startswith("/ext/"):
        return Response.rewrite("http://upstream.example" + request.url.pathname.removeprefix("/ext"))
"""
SECRET = "from byway.server import Response\n\ndef GET():\n    return Response('secret')\n"


@pytest.mark.parametrize("path", ["/admin", "/%61dmin", "/%61%64%6D%69%6e", "/adm%69n/"])
def test_a_proxy_that_looks_at_the_path_sees_it_as_the_routes_do(tmp_path: Path, path: str) -> None:
    with Client(write_app(tmp_path, {"proxy.py": PATH_GUARD, "app/admin/route.py": SECRET})) as client:
        assert client.get(path, follow_redirects=True).status_code == 401


def test_a_client_that_names_another_server_as_the_host_does_not_get_past_the_proxy(tmp_path: Path) -> None:
    with Client(write_app(tmp_path, {"proxy.py": PATH_GUARD, "app/admin/route.py": SECRET})) as client:
        assert client.get("/ext/admin", headers={"host": "upstream.example"}).status_code == 401


def test_letter_case_does_not_lead_past_the_proxy_to_what_a_rewrite_is_for(tmp_path: Path) -> None:
    files = {
        "proxy.py": "from byway.server import Response\n\nconfig = {'matcher': '/up/:path*'}\n\n"
        "def proxy():\n    return Response('no', status=401)\n",
        "byway_config.py": "from byway import Config\n\ndef rewrites():\n"
        "    return [{'source': '/up/:path*', 'destination': '/admin'}]\n\nconfig = Config(rewrites=rewrites)\n",
        "app/admin/route.py": SECRET,
        "app/UP/x/route.py": SECRET,
    }
    with Client(write_app(tmp_path, files)) as client:
        assert [client.get(path).status_code for path in ("/up/x", "/UP/x", "/Up/y")] == [401, 401, 401]
