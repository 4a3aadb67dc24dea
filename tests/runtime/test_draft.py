"""Draft mode: its cookie, who is in it, and that it goes past every cache."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from byway import Response, draft_mode, fetch
from byway.runtime.draft import DRAFT_COOKIE
from byway.testing import Client, FetchStub

from ..support import call, loaded, route, write_app
from .conftest import Inside

APP = {
    "app/draft/route.py": route("""
        from byway import draft_mode

        async def GET(): return Response.json(draft_mode().is_enabled)
        async def POST():
            mode = await draft_mode()
            mode.enable()
            return Response.json([mode.is_enabled, draft_mode().is_enabled])
        def DELETE():
            draft_mode().disable()
            return Response.json(draft_mode().is_enabled)
    """),
    "app/kept/route.py": route("""
        from byway import draft_mode
        revalidate = 60
        n = 0
        async def GET():
            global n
            n += 1
            return Response.json([n, draft_mode().is_enabled])
    """),
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(tmp_path, APP)


def cookie_of(client: Client) -> dict[str, str]:
    value = client.post("/draft").cookies[DRAFT_COOKIE]
    client.cookies.clear()
    return {"cookie": f"{DRAFT_COOKIE}={value}"}


def test_enabling_sets_a_cookie_that_a_preview_on_another_site_sends_too(app: Path) -> None:
    with Client(app) as client:
        line = client.post("/draft").headers["set-cookie"]
    name, _, rest = line.partition("=")
    value, *attributes = rest.split("; ")
    assert name == DRAFT_COOKIE
    assert len(value) == 32
    assert sorted(attribute.lower() for attribute in attributes) == ["httponly", "path=/", "samesite=none", "secure"]


def test_in_development_there_is_no_tls(app: Path) -> None:
    with loaded(app, "development") as application:
        line = asyncio.run(call(application, "/draft", "POST")).header("set-cookie")
    assert line is not None
    assert "secure" not in line.lower()
    assert "samesite=lax" in line.lower()


def test_disabling_deletes_the_cookie(app: Path) -> None:
    with Client(app) as client:
        answer = client.delete("/draft", headers=cookie_of(client))
    assert answer.json() is False
    assert answer.headers["set-cookie"].startswith(f"{DRAFT_COOKIE}=; ")
    assert "expires=thu, 01 jan 1970" in answer.headers["set-cookie"].lower()


def test_it_is_in_force_at_once_and_in_the_requests_that_bear_the_cookie(app: Path) -> None:
    with Client(app) as client:
        assert client.get("/draft").json() is False
        assert client.post("/draft").json() == [True, True]
        client.cookies.clear()
        sent = cookie_of(client)
        assert client.get("/draft", headers=sent).json() is True
        assert client.get("/draft", headers={"cookie": f"a=1; {sent['cookie']}; b=2"}).json() is True


def test_the_cookie_may_stand_in_any_of_several_headers(app: Path) -> None:
    with Client(app) as client:
        cookie = cookie_of(client)["cookie"]
        assert client.get("/draft", headers=[("cookie", "a=1"), ("cookie", cookie)]).json() is True
        assert client.get("/draft", headers=[("cookie", cookie), ("cookie", "a=1")]).json() is True
        assert client.get("/draft", headers=[("cookie", "a=1"), ("x-cookie", cookie)]).json() is False


def test_the_headers_that_a_proxy_hands_on_count(tmp_path: Path) -> None:
    proxy = """
from byway import Response

def proxy(request):
    headers = dict(request.headers)
    if "x-draft" in headers:
        headers["cookie"] = headers["x-draft"]
    else:
        headers.pop("cookie", None)
    return Response.next(request_headers=headers)
"""
    with Client(write_app(tmp_path, {**APP, "proxy.py": proxy})) as client:
        cookie = cookie_of(client)["cookie"]
        assert client.get("/draft", headers={"x-draft": cookie}).json() is True
        assert client.get("/draft", headers={"cookie": cookie}).json() is False


def test_the_headers_that_a_handler_has_changed_count(tmp_path: Path) -> None:
    source = """
        from byway import draft_mode
        async def GET(request):
            request.headers.set("cookie", request.headers.get("x-draft") or "")
            return Response.json(draft_mode().is_enabled)
    """
    with Client(write_app(tmp_path, {**APP, "app/changed/route.py": route(source)})) as client:
        cookie = cookie_of(client)["cookie"]
        assert client.get("/changed", headers={"x-draft": cookie}).json() is True
        assert client.get("/changed", headers={"cookie": cookie}).json() is False


@pytest.mark.parametrize("change", [lambda value: "", lambda value: value[:-1], lambda value: "0" * 32, str.upper])
def test_another_value_of_the_cookie_is_worth_nothing(app: Path, change: Any) -> None:
    with Client(app) as client:
        value = cookie_of(client)["cookie"].partition("=")[2] + "f"
        sent = {"cookie": f"{DRAFT_COOKIE}={change(value)}x"}
        assert client.get("/draft", headers=sent).json() is False
        assert client.get("/kept", headers=sent).headers["x-byway-cache"] == "HIT"


def test_a_cookie_beyond_ascii_is_worth_nothing(app: Path) -> None:
    with Client(app) as client:
        sent = [(b"cookie", f"{DRAFT_COOKIE}=é".encode())]
        assert client.get("/draft", headers=sent).json() is False


def test_each_build_has_a_cookie_of_its_own(app: Path) -> None:
    with Client(app) as one:
        sent = cookie_of(one)
    with Client(app) as two:
        assert cookie_of(two) != sent
        assert two.get("/draft", headers=sent).json() is False


def assert_is_for_one_client(answer: httpx2.Response) -> None:
    assert "x-byway-cache" not in answer.headers
    assert "no-store" in answer.headers["cache-control"]


def test_a_static_route_is_answered_anew_and_nothing_of_it_is_kept(app: Path) -> None:
    with Client(app) as client:
        sent = cookie_of(client)
        for number in (2, 3):
            answer = client.get("/kept", headers=sent)
            assert answer.json() == [number, True]
            assert_is_for_one_client(answer)
        assert client.get("/kept").json() == [1, False]


def test_asking_for_it_makes_no_route_dynamic(app: Path) -> None:
    with Client(app) as client:
        assert client.get("/kept").headers["x-byway-cache"] == "HIT"


def test_fetches_go_past_the_cache(inside: Inside) -> None:
    stub = FetchStub()
    stub.on("https://api.test/", Response("x"))
    inside.client._server.application.app.transport = stub  # type: ignore[attr-defined]

    async def ask() -> bool:
        await fetch("https://api.test/", cache="force-cache")
        return draft_mode().is_enabled

    async def enable() -> None:
        draft_mode().enable()

    inside(enable)
    sent = {"cookie": f"{DRAFT_COOKIE}={inside.client.cookies[DRAFT_COOKIE]}"}
    inside.client.cookies.clear()
    assert [inside(ask), inside(ask), inside(ask, headers=sent), inside(ask, headers=sent), inside(ask)] == [
        False,
        False,
        True,
        True,
        False,
    ]
    assert len(stub.requests) == 3


def test_a_route_that_enables_it_is_not_made_ahead(tmp_path: Path) -> None:
    source = "revalidate = 60\nfrom byway import draft_mode\nasync def GET():\n    draft_mode().enable()\n"
    with Client(write_app(tmp_path, {"app/route.py": route(source + "    return Response('x')\n")})) as client:
        assert DRAFT_COOKIE in client.get("/").headers["set-cookie"]


def test_outside_a_request_there_is_none() -> None:
    with pytest.raises(RuntimeError, match=r"^`draft_mode\(\)` was called outside a request"):
        draft_mode()
