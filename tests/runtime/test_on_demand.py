"""``res.revalidate(path)``: a kept answer is made anew now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from byway.testing import Client

from ..support import route, write_app

APP = {
    "app/kept/[slug]/route.py": route("""
        revalidate = 3600
        runs = []
        fail = []
        def generate_static_params(): return [{"slug": "a"}]
        async def GET(request, ctx):
            if fail: raise ValueError("no luck")
            runs.append(1)
            return Response(f"{ctx.params['slug']} {len(runs)}")
    """),
    "app/listed/[slug]/route.py": route("""
        dynamic_params = False
        def generate_static_params(): return [{"slug": "a"}]
        async def GET(): return Response("listed")
    """),
    "app/fetched/route.py": route("""
        revalidate = 3600
        runs = []
        @byway.use_cache
        async def item():
            runs.append(1)
            return len(runs)
        async def GET(): return Response(f"item {await item()}")
    """),
    "app/new/route.py": route("async def GET(): return Response('never kept')"),
    "pages/api/anew.py": """
        async def handler(req, res):
            try:
                await res.revalidate(req.query["path"])
            except Exception as error:
                return res.status(500).send(f"{type(error).__name__}: {error}")
            res.json({"revalidated": True})
    """,
    "pages/api/sync.py": """
        import byway
        def handler(req, res):
            byway.run(res.revalidate(req.query["path"]))
            res.json({"revalidated": True})
    """,
    "pages/api/waits.py": """
        def handler(req, res):
            res.revalidate(req.query["path"])
            res.json({"revalidated": True})
    """,
    "pages/api/fail.py": """
        import sys
        def handler(req, res):
            module = sys.modules["app.kept.[slug].route"]
            module.fail[:] = [1] if req.query.get("on") else []
            res.end()
    """,
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(write_app(tmp_path, APP)) as client:
        yield client


def anew(client: Client, path: str) -> str:
    """What the API route says of ``path``."""
    return client.get("/api/anew", params={"path": path}).text


DONE = '{"revalidated":true}'


@pytest.mark.parametrize("api", ["/api/anew", "/api/sync", "/api/waits"])
def test_a_kept_answer_is_there_anew_before_the_next_visit(client: Client, api: str) -> None:
    assert [client.get("/kept/a").text for _ in range(2)] == ["a 1", "a 1"]
    assert client.get(api, params={"path": "/kept/a"}).text == DONE
    answer = client.get("/kept/a")
    assert (answer.text, answer.headers["x-byway-cache"]) == ("a 2", "HIT")


def test_what_fails_is_an_error_of_a_def_handler_that_does_not_await_it(client: Client) -> None:
    answer = client.get("/api/waits", params={"path": "/none"})
    assert answer.status_code == 500


BELOW = "from byway import Config\nconfig = Config(base_path='/docs', trailing_slash=True)\n"


@pytest.mark.parametrize("path", ["/docs/kept/a/", "/docs/kept/a", "/kept/a/", "/kept/a"])
def test_a_path_is_taken_as_the_url_has_it_and_as_the_app_does(tmp_path: Path, path: str) -> None:
    with Client(write_app(tmp_path, {"byway_config.py": BELOW, **APP})) as client:
        assert client.get("/docs/kept/a/").text == "a 1"
        assert client.get("/docs/api/anew/", params={"path": path}).text == DONE
        assert client.get("/docs/kept/a/").text == "a 2"


@pytest.mark.parametrize("path", ["/docs/docs/x", "/docs/x"])
def test_a_folder_may_have_the_name_of_the_base_path(tmp_path: Path, path: str) -> None:
    app = {
        "byway_config.py": "from byway import Config\nconfig = Config(base_path='/docs')\n",
        "app/docs/x/route.py": route("""
            revalidate = 3600
            runs = []
            async def GET():
                runs.append(1)
                return Response(str(len(runs)))
        """),
        "pages/api/anew.py": APP["pages/api/anew.py"],
    }
    with Client(write_app(tmp_path, app)) as client:
        assert client.get("/docs/docs/x").text == "1"
        assert client.get("/docs/api/anew", params={"path": path}).text == DONE
        assert client.get("/docs/docs/x").text == "2"


def test_other_paths_of_the_route_stay(client: Client) -> None:
    assert client.get("/kept/b").text == "b 2"
    assert anew(client, "/kept/a") == DONE
    assert (client.get("/kept/b").text, client.get("/kept/a").text) == ("b 2", "a 3")


def test_a_path_that_was_not_kept_yet_is_made(client: Client) -> None:
    assert anew(client, "/kept/%C3%A9") == DONE
    answer = client.get("/kept/é")
    assert (answer.text, answer.headers["x-byway-cache"]) == ("é 2", "HIT")


def test_what_a_handler_has_cached_for_the_path_is_made_anew_as_well(client: Client) -> None:
    assert client.get("/fetched").text == "item 1"
    assert anew(client, "/fetched") == DONE
    assert client.get("/fetched").text == "item 2"


def test_a_route_that_is_answered_anew_needs_nothing(client: Client) -> None:
    assert anew(client, "/new") == DONE
    assert anew(client, "/api/anew") == DONE


@pytest.mark.parametrize("path", ["kept/a", "", "https://example.com/kept/a", "/kept/a?x=1", "/kept/a#x"])
def test_anything_but_the_path_of_one_url_is_an_error(client: Client, path: str) -> None:
    assert anew(client, path) == (
        f"ValueError: res.revalidate({path!r}): give the path of one URL, such as /blog/post-1, without a query."
    )


@pytest.mark.parametrize("path", ["/none", "/listed/b", "/kept", "//kept/a"])
def test_a_path_without_a_route_is_an_error(client: Client, path: str) -> None:
    assert anew(client, path) == f"RuntimeError: res.revalidate({path!r}): no route answers at this path."


def test_a_handler_that_fails_is_an_error_and_the_old_answer_stays(client: Client) -> None:
    assert client.get("/kept/a").text == "a 1"
    client.get("/api/fail?on=1")
    assert anew(client, "/kept/a") == "RuntimeError: res.revalidate('/kept/a') failed: ValueError: no luck"
    assert client.get("/kept/a").text == "a 1"
    client.get("/api/fail")
    assert anew(client, "/kept/a") == DONE
    assert client.get("/kept/a").text == "a 2"
