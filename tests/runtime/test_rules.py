"""Headers, redirects and rewrites of a config: the order of the steps, and what each does to a request."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from byway.asgi import Application
from byway.http.outgoing import FetchTimeout
from byway.runtime.pipeline import Pipeline
from byway.server import Response
from byway.testing import Client, FetchStub

from ..support import Peer, call, loaded, problems_of, route, write_app

ECHO = route("""
    async def GET(request, ctx):
        url = request.url
        return Response.json({"route": PLACE, "params": await ctx.params, "path": url.pathname, "query": url.search})
    POST = GET
""")
ROUTES = {
    f"app/{folder}/route.py": ECHO.replace("PLACE", repr(folder))
    for folder in ("static", "dyn/[x]", "target/[[...rest]]", "guarded/[id]")
} | {"public/file.txt": "file"}


def config(**settings: Any) -> str:
    """The text of a config whose functions return what is given."""
    lines = ["from byway import Config"]
    for name in ("headers", "redirects", "rewrites"):
        if name in settings:
            lines.append(f"def {name}(): return {settings[name]!r}")
    given = ", ".join(
        f"{name}={name}" if name in ("headers", "redirects", "rewrites") else f"{name}={value!r}"
        for name, value in settings.items()
    )
    return "\n".join([*lines, f"config = Config({given})"])


def client_of(
    root: Path, files: dict[str, str] | None = None, fetch: FetchStub | None = None, **settings: Any
) -> Client:
    text = {"byway_config.py": config(**settings)}
    return Client(write_app(root, {**ROUTES, **text, **(files or {})}), base_url="http://example.com", fetch=fetch)


def header(name: str, value: str = "1") -> dict[str, str]:
    return {"key": name, "value": value}


def rewrite(source: str, destination: str, **more: Any) -> dict[str, Any]:
    return {"source": source, "destination": destination, **more}


def redirect(source: str, destination: str, **more: Any) -> dict[str, Any]:
    return {"source": source, "destination": destination, "permanent": False, **more}


# The order of the steps


EVERYTHING = {
    "headers": [{"source": "/:path*", "headers": [header("x-all")]}],
    "redirects": [redirect("/r", "/static")],
    "rewrites": {
        "before_files": [rewrite("/b", "/static")],
        "after_files": [rewrite("/a", "/static")],
        "fallback": [rewrite("/f", "/static")],
    },
}
PROXY = "def proxy(): return None\n"


def test_the_steps_are_in_the_documented_order(tmp_path: Path) -> None:
    write_app(tmp_path, {**ROUTES, "byway_config.py": config(**EVERYTHING), "proxy.py": PROXY})
    with loaded(tmp_path) as application:
        pipeline = application.app.pipeline
        assert isinstance(pipeline, Pipeline)
        names = [type(step).__name__ for _, step in pipeline._all]
    assert names == [
        "AddHeaders",
        "Redirects",
        "Proxy",
        "Rewrite",  # before_files
        "Rewrite",  # after_files
        "Routes",
        "Rewrite",  # fallback
        "NotFound",
    ]


def test_every_step_sees_what_the_one_before_it_made_of_the_request(tmp_path: Path) -> None:
    proxy = """
from byway.server import Response, URL
def proxy(request):
    if request.url.pathname == "/by-proxy":
        return Response.rewrite("/before?p=1")
    return Response.next(headers={"x-seen": request.url.pathname})
"""
    settings = {
        "redirects": [redirect("/moved", "/by-proxy"), redirect("/before", "/never")],
        "rewrites": {
            "before_files": [rewrite("/before", "/before2"), rewrite("/before2", "/after")],
            "after_files": [rewrite("/after", "/nowhere"), rewrite("/static", "/never")],
            "fallback": [rewrite("/nowhere", "/target/end")],
        },
    }
    with client_of(tmp_path, {"proxy.py": proxy}, **settings) as client:
        moved = client.get("/moved")
        assert (moved.headers["location"], "x-seen" in moved.headers) == ("/by-proxy", False)
        found = client.get("/by-proxy?q=1").json()
        assert found == {
            "route": "target/[[...rest]]",
            "params": {"rest": ["end"]},
            "path": "/target/end",
            "query": "?p=1",
        }
        assert client.get("/static").json()["route"] == "static"
        assert client.get("/static").headers["x-seen"] == "/static"


def test_rewrites_before_files_shadow_files_and_routes_and_those_after_do_not(tmp_path: Path) -> None:
    rules = [rewrite("/file.txt", "/target/x"), rewrite("/static", "/target/x")]
    with client_of(tmp_path / "before", rewrites={"before_files": rules}) as client:
        assert client.get("/file.txt").json()["route"] == "target/[[...rest]]"
        assert client.get("/static").json()["route"] == "target/[[...rest]]"
    with client_of(tmp_path / "after", rewrites=rules) as client:
        assert client.get("/file.txt").text == "file"
        assert client.get("/static").json()["route"] == "static"


def test_rewrites_after_files_come_before_dynamic_routes_and_fallbacks_after_them(tmp_path: Path) -> None:
    rules = [rewrite("/dyn/:x", "/target/:x"), rewrite("/none", "/target/none")]
    with client_of(tmp_path / "after", rewrites={"after_files": rules}) as client:
        assert client.get("/dyn/a").json()["params"] == {"rest": ["a"]}
        assert client.get("/target").json()["route"] == "target/[[...rest]]"
    with client_of(tmp_path / "fallback", rewrites={"fallback": rules}) as client:
        assert client.get("/dyn/a").json()["params"] == {"x": "a"}
        assert client.get("/none").json()["params"] == {"rest": ["none"]}
        assert client.get("/no/such").status_code == 404


def test_of_rewrites_after_files_the_first_that_leads_to_a_route_counts(tmp_path: Path) -> None:
    rules = [
        rewrite("/start", "/nothing"),
        rewrite("/nothing", "/also-nothing"),
        rewrite("/also-nothing", "/static"),
        rewrite("/static", "/target"),
    ]
    with client_of(tmp_path, rewrites=rules) as client:
        assert client.get("/start").json()["route"] == "static"


def test_rewrites_do_not_go_round_in_circles(tmp_path: Path) -> None:
    rules = [rewrite("/a", "/b"), rewrite("/b", "/a")]
    with client_of(tmp_path, rewrites={"before_files": rules, "after_files": rules, "fallback": rules}) as client:
        assert client.get("/a").status_code == 404


def test_a_route_that_has_no_such_path_leaves_it_to_a_fallback(tmp_path: Path) -> None:
    listed = route("""
        dynamic_params = False
        def generate_static_params(): return [{"id": "1"}]
        async def GET(): return Response("listed")
    """)
    files = {"app/listed/[id]/route.py": listed}
    with client_of(tmp_path, files, rewrites={"fallback": [rewrite("/listed/:id", "/target/:id")]}) as client:
        assert client.get("/listed/1").text == "listed"
        assert client.get("/listed/2").json()["params"] == {"rest": ["2"]}


@pytest.mark.parametrize("stage", ["before_files", "after_files", "fallback"])
def test_a_method_that_the_rewritten_route_lacks_is_a_405(tmp_path: Path, stage: str) -> None:
    with client_of(tmp_path, rewrites={stage: [rewrite("/x", "/static")]}) as client:
        answer = client.put("/x")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


# Rewrites


def test_a_route_sees_the_url_that_it_was_rewritten_to(tmp_path: Path) -> None:
    rules = [
        rewrite("/plain", "/target"),
        rewrite("/own/:x", "/target/:x?a=1"),
        rewrite("/unused/:x/:rest*", "/target"),
        rewrite("/in-query/:x", "/target?y=:x"),
        rewrite("/slash", "/target/"),
    ]
    with client_of(tmp_path, rewrites=rules) as client:

        def seen(path: str) -> tuple[str, str]:
            found = client.get(path).json()
            return found["path"], found["query"]

        assert seen("/plain?b=c+d&flag") == ("/target", "?b=c+d&flag")
        assert seen("/own/z%2Fz?a=2&b=3") == ("/target/z%2Fz", "?a=1&b=3")
        assert seen("/unused/v/w/x?x=sent") == ("/target", "?x=v&rest=w&rest=x")
        assert seen("/in-query/v") == ("/target", "?y=v&x=v")
        assert seen("/slash") == ("/target", "")


def test_what_conditions_capture_is_not_passed_on(tmp_path: Path) -> None:
    rule = rewrite("/plain", "/target", has=[{"type": "cookie", "key": "session"}])
    with client_of(tmp_path, rewrites=[rule]) as client:
        assert client.get("/plain", headers={"cookie": "session=secret"}).json()["query"] == ""
        assert client.get("/plain").status_code == 404


def test_conditions_see_the_request_as_it_was_rewritten_so_far(tmp_path: Path) -> None:
    rules = [
        rewrite("/a", "/b?step=1"),
        rewrite("/b", "/static", has=[{"type": "query", "key": "step", "value": "1"}]),
    ]
    with client_of(tmp_path, rewrites={"before_files": rules}) as client:
        assert client.get("/a").json()["route"] == "static"
        assert client.get("/b").status_code == 404


def test_a_body_and_method_go_along(tmp_path: Path) -> None:
    files = {"app/body/route.py": route("async def POST(request): return Response(await request.text())")}
    with client_of(tmp_path, files, rewrites=[rewrite("/x", "/body")]) as client:
        assert client.post("/x", content="body").text == "body"


def test_a_rewrite_to_another_server_is_passed_on(tmp_path: Path) -> None:
    stub = FetchStub()
    stub.on("https://api.test/v1/a/b", Response("there", headers={"x-there": "1"}))
    rules = [rewrite("/api/:path*", "https://api.test/v1/:path*")]
    with client_of(tmp_path, fetch=stub, rewrites={"fallback": rules}) as client:
        answer = client.get("/api/a/b?q=1")
        assert (answer.text, answer.headers["x-there"]) == ("there", "1")
        assert stub.requests[0].url.search == "?q=1"
        assert client.get("/api/%2e%2e/secret").status_code in (308, 404)
        assert len(stub.requests) == 1


# Redirects


def test_a_redirect_keeps_the_query_and_has_the_status_of_its_rule(tmp_path: Path) -> None:
    rules = [redirect("/a/:path*", "/b/:path*?x=1"), redirect("/away", "https://other.example/")]
    with client_of(tmp_path, redirects=rules) as client:
        answer = client.post("/a/c/d?y=2&x=3", content="body")
        assert (answer.status_code, answer.headers["location"], answer.text) == (307, "/b/c/d?y=2&x=1", "")
        assert client.get("/away?q=1").headers["location"] == "https://other.example/?q=1"


def test_a_redirect_bears_the_headers_of_no_rule(tmp_path: Path) -> None:
    headers = [{"source": "/:path*", "headers": [header("x-all")]}]
    with client_of(tmp_path, headers=headers, redirects=[redirect("/a", "/b")]) as client:
        assert "x-all" not in client.get("/a").headers
        assert client.get("/b").headers["x-all"] == "1"


def test_a_redirect_whose_parameters_lead_astray_is_none(tmp_path: Path) -> None:
    rule = redirect("/go", "/in/:to", has=[{"type": "query", "key": "to"}])
    with client_of(tmp_path, redirects=[rule]) as client:
        assert client.get("/go?to=a%2Fb").headers["location"] == "/in/a%2Fb?to=a%2Fb"
        assert client.get("/go?to=..").status_code == 404
        assert client.get("/go?to=%0d%0aset-cookie:a").headers["location"].startswith("/in/%0D%0Aset-cookie%3Aa")


# Headers


def test_of_one_name_the_last_rule_counts_but_cookies_add_up(tmp_path: Path) -> None:
    rules = [
        {"source": "/static", "headers": [header("x-a", "first"), header("set-cookie", "a=1"), header("vary", "x-a")]},
        {"source": "/:path*", "headers": [header("X-A", "last"), header("set-cookie", "b=2"), header("vary", "x-b")]},
    ]
    with client_of(tmp_path, headers=rules) as client:
        answer = client.get("/static")
        assert answer.headers["x-a"] == "last"
        assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
        assert answer.headers["vary"] == "x-a, x-b"


@pytest.mark.parametrize("path", ["/static", "/file.txt", "/no/such", "/target", "/fails", "/page"])
def test_headers_are_put_on_whatever_answers(tmp_path: Path, path: str) -> None:
    files = {
        "app/fails/route.py": route("async def GET(): raise RuntimeError('no')"),
        "app/page/page.py": "def page(): return 'page'\n",
        "app/layout.py": "from htpy import body, html\ndef layout(children): return html[body[children]]\n",
    }
    with client_of(tmp_path, files, headers=[{"source": "/(.*)", "headers": [header("x-all")]}]) as client:
        assert client.get(path).headers["x-all"] == "1"


def test_the_proxys_headers_win_over_the_configs_and_these_over_the_handlers(tmp_path: Path) -> None:
    proxy = """
from byway.server import Response
def proxy(request):
    if request.url.pathname == "/answer":
        return Response("proxy", headers={"x-a": "proxy"})
    return Response.next(headers={"x-a": "proxy"})
"""
    handler = 'async def GET(): return Response("x", headers={"x-a": "handler", "x-b": "handler"})'
    rules = [{"source": "/:path*", "headers": [header("x-a", "config"), header("x-b", "config"), header("x-c")]}]
    files = {"proxy.py": proxy, "app/own/route.py": route(handler)}
    with client_of(tmp_path, files, headers=rules) as client:
        for path in ("/own", "/answer"):
            found = client.get(path).headers
            assert (found["x-a"], found["x-b"], found["x-c"]) == ("proxy", "config", "1")


def test_rules_are_found_however_a_path_is_spelled(tmp_path: Path) -> None:
    rules = [{"source": "/static", "headers": [header("x-a")]}, {"source": "/dyn/é", "headers": [header("x-b")]}]
    with client_of(tmp_path, headers=rules, redirects=[redirect("/old", "/new")]) as client:
        for path in ("/static", "/%73tatic", "/STATIC"):
            assert client.get(path).headers["x-a"] == "1"
        for path in ("/dyn/%C3%A9", "/dyn/%c3%a9"):
            assert client.get(path).headers["x-b"] == "1"
        assert client.get("/%6fld").headers["location"] == "/new"


def test_a_cached_error_or_draft_is_not_made_by_a_header_of_the_config(tmp_path: Path) -> None:
    files = {"app/kept/route.py": route("revalidate = 60\nasync def GET(): return Response('kept')")}
    rules = [{"source": "/:path*", "headers": [header("cache-control", "public, max-age=99")]}]
    write_app(tmp_path, {**ROUTES, **files, "byway_config.py": config(headers=rules)})
    with Client(tmp_path, base_url="http://example.com") as client:
        assert client.get("/static").headers["cache-control"] == "public, max-age=99"
        assert client.get("/kept").headers["cache-control"] == "public, max-age=99"
        assert "no-store" in client.get("/no/such").headers["cache-control"]
        app = client._server.application.app  # type: ignore[union-attr]
        draft = client.get("/kept", headers={"cookie": f"__prerender_bypass={app.draft_id}"})
        assert "no-store" in draft.headers["cache-control"]


def test_a_malformed_path_is_a_400_before_any_rule(tmp_path: Path) -> None:
    with client_of(tmp_path, **EVERYTHING) as client:
        assert client.get("/%zz").status_code == 400


# Base path, trailing slash, mounts


BASE: dict[str, Any] = {
    "base_path": "/base",
    "headers": [
        {"source": "/static", "headers": [header("x-in")]},
        {"source": "/:path*", "base_path": False, "headers": [header("x-out")]},
    ],
    "redirects": [redirect("/old/:x", "/dyn/:x"), redirect("/out", "/base/static", base_path=False)],
    "rewrites": [rewrite("/rw/:x", "/dyn/:x")],
}


def ask(application: Application, path: str, **fields: Any) -> Peer:
    async def scenario() -> Peer:
        await application.start()
        return await call(application, path, **fields)

    return asyncio.run(scenario())


@pytest.mark.parametrize("mount", ["", "/mount"])
def test_below_a_base_path_and_a_mount_paths_and_urls_are_right(tmp_path: Path, mount: str) -> None:
    with loaded(write_app(tmp_path, {**ROUTES, "byway_config.py": config(**BASE)})) as application:

        def get(path: str) -> Peer:
            return ask(application, mount + path, root_path=mount)

        inside, outside = get("/base/static"), get("/static")
        assert (inside.status, inside.header("x-in"), inside.header("x-out")) == (200, "1", "1")
        assert json.loads(inside.text)["path"] == "/static"
        assert (outside.status, outside.header("x-in"), outside.header("x-out")) == (404, None, "1")
        assert get("/basex/static").status == 404
        assert get("/base/file.txt").text == "file"
        assert get("/base/old/a?q=1").header("location") == f"{mount}/base/dyn/a?q=1"
        assert get("/old/a").status == 404
        assert get("/out").header("location") == f"{mount}/base/static"
        assert get("/base/out").status == 404
        assert json.loads(get("/base/rw/a").text)["params"] == {"x": "a"}
        assert get("/base/static/").header("location") == f"{mount}/base/static"


def test_a_proxy_that_rewrites_stays_below_the_base_path(tmp_path: Path) -> None:
    proxy = """
from byway.server import Response, URL
config = {"matcher": "/go/:way"}
def proxy(request):
    match request.url.pathname:
        case "/go/url":
            return Response.rewrite(URL("/base/dyn/a", request.url))
        case "/go/str":
            return Response.rewrite("/dyn/a")
        case _:
            url = request.url.clone()
            url.pathname = "/dyn/a"
            return Response.rewrite(url)
"""
    with client_of(tmp_path, {"proxy.py": proxy}, base_path="/base") as client:
        for way in ("url", "str", "clone"):
            found = client.get(f"/base/go/{way}").json()
            assert (found["params"], found["path"]) == ({"x": "a"}, "/dyn/a")
        assert client.get("/go/url").status_code == 404


def test_without_a_matcher_a_proxy_sees_requests_outside_the_base_path(tmp_path: Path) -> None:
    proxy = """
from byway.server import Response
def proxy(request): return Response.next(headers={"x-path": f"{request.url.base_path}|{request.url.pathname}"})
"""
    with client_of(tmp_path, {"proxy.py": proxy}, base_path="/base") as client:
        assert client.get("/base/static").headers["x-path"] == "/base|/static"
        assert client.get("/static").headers["x-path"] == "|/static"


@pytest.mark.parametrize("settings", [{"trailing_slash": True}, {"skip_trailing_slash_redirect": True}])
def test_paths_with_a_slash_at_their_end_lead_to_the_same_route(tmp_path: Path, settings: dict[str, Any]) -> None:
    rules = [rewrite("/rw/:x", "/dyn/:x")]
    headers = [{"source": "/dyn/:x", "headers": [header("x-x", ":x")]}]
    with client_of(tmp_path, rewrites=rules, headers=headers, **settings) as client:
        found = client.get("/dyn/a/")
        assert (found.json()["params"], found.headers["x-x"]) == ({"x": "a"}, "a")
        assert client.get("/rw/a/").json()["params"] == {"x": "a"}
        assert client.get("/").status_code == 404


# The functions


def test_functions_may_be_async_and_are_called_when_the_app_is_loaded(tmp_path: Path) -> None:
    text = """
from byway import Config
async def redirects():
    return [{"source": "/a", "destination": "/b", "permanent": True}]
config = Config(redirects=redirects)
"""
    write_app(tmp_path, {**ROUTES, "byway_config.py": text})
    with Client(tmp_path) as client:
        assert client.get("/a").status_code == 308

    async def within_a_loop() -> None:
        with loaded(tmp_path) as application:
            assert (await call(application, "/a")).status == 308

    asyncio.run(within_a_loop())


def test_mistakes_in_rules_and_routes_are_told_together(tmp_path: Path) -> None:
    text = """
from byway import Config
def headers():
    return [{"source": "about", "headers": [{"key": "x-a", "value": "1"}]}]
def redirects():
    raise LookupError("no rules today")
async def rewrites():
    return None
config = Config(headers=headers, redirects=redirects, rewrites=rewrites)
"""
    write_app(tmp_path, {**ROUTES, "byway_config.py": text, "app/bad/route.py": "GET = 1\n"})
    problems = problems_of(tmp_path)
    assert problems[1:] == [
        (
            "byway_config.py",
            "headers()[0]: The source 'about' does not begin with a slash.",
            'Write "/about".',
        ),
        (
            "byway_config.py",
            "rewrites() returned nothing.",
            "Return a list of rules, an empty one when there are none.",
        ),
        (
            "byway_config.py:6",
            "redirects() of Config failed: LookupError: no rules today",
            "Mend what raises at that line; the function is called once, when the app is loaded.",
        ),
    ]
    assert problems[0][0].startswith("app/bad/route.py")


def test_a_silent_server_is_a_504(tmp_path: Path) -> None:
    stub = FetchStub()
    stub.on("https://api.test/", FetchTimeout("GET https://api.test/ failed: silence"))
    with client_of(tmp_path, fetch=stub, rewrites=[rewrite("/api", "https://api.test/")]) as client:
        assert client.get("/api").status_code == 504
