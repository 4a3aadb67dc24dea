"""`byway.testing.Client`: an app called in process, as a browser would see it."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from byway import URL, AppError, FetchError, FetchTimeout, Headers, Response
from byway.config import Receive, Scope, Send
from byway.http.outgoing import PreparedRequest
from byway.testing import Client, Clock, FetchStub

from .support import loaded, route, write_app

APP = {
    "seen.py": "lines = []\nimport threading\ngo = threading.Event()\n",
    "instrumentation.py": "import seen\nasync def register():\n  seen.lines.append('start')\n  yield\n"
    "  seen.lines.append('stop')\n",
    "app/echo/route.py": route("""
        async def POST(request: Request):
            return Response.json([request.method, request.url.href, request.headers.get("x-a"), await request.text()])
    """),
    "app/cookies/route.py": route("""
        async def GET(): return Response((cookies().get("a") or cookies().get("none") or byway).__class__.__name__)
        async def POST():
            cookies().set("a", "1")
            return Response("set")
    """),
    "app/stream/route.py": route("""
        import seen

        async def GET():
            async def chunks():
                try:
                    for number in range(6):
                        seen.lines.append(number)
                        yield str(number)
                finally:
                    seen.lines.append("closed")
            return Response(chunks())

        async def POST():
            async def chunks():
                yield "half"
                raise ValueError("broken")
            return Response(chunks())
    """),
    "app/after/route.py": route("""
        import seen

        async def GET():
            async def later():
                await asyncio.sleep(0.01)
                seen.lines.append("after")
            after(later)
            return Response("x")
    """),
    "app/redirect/route.py": route("async def GET(): redirect('/after')"),
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(tmp_path, APP)


@pytest.fixture
def client(app: Path) -> Iterator[Client]:
    with Client(app) as client:
        yield client


def test_a_request_arrives_as_it_was_sent(client: Client) -> None:
    answer = client.post("/echo?q=a b", content="body", headers={"x-a": "1"})
    assert answer.json() == ["POST", "http://testserver/echo?q=a%20b", "1", "body"]


def test_the_base_url_can_be_another(app: Path) -> None:
    with Client(app, base_url="https://shop.example:8443") as client:
        assert client.post("/echo").json()[1] == "https://shop.example:8443/echo"


def test_cookies_are_kept(client: Client) -> None:
    client.post("/cookies")
    assert client.cookies["a"] == "1"
    assert client.get("/cookies").text == "Cookie"


def test_redirects_are_followed_only_when_asked(client: Client) -> None:
    assert client.get("/redirect").status_code == 307
    assert client.get("/redirect", follow_redirects=True).text == "x"


def test_a_stream_is_visible_chunk_by_chunk(client: Client) -> None:
    with client.stream("GET", "/stream") as answer:
        chunks = answer.iter_bytes()
        assert next(chunks) == b"0"
        assert 4 not in sys.modules["seen"].lines
        assert list(chunks) == [b"1", b"2", b"3", b"4", b"5"]
    assert sys.modules["seen"].lines[-1] == "closed"


def test_leaving_a_stream_early_closes_it(client: Client) -> None:
    with client.stream("GET", "/stream") as answer:
        next(answer.iter_bytes())
    assert sys.modules["seen"].lines[-1] == "closed"


def test_a_stream_that_fails_is_a_broken_connection(client: Client) -> None:
    with pytest.raises(httpx2.RemoteProtocolError, match="The app cut the connection in the middle of its answer"):
        client.post("/stream")


def test_drain_waits_for_after(client: Client) -> None:
    client.get("/after")
    client.drain()
    assert sys.modules["seen"].lines == ["start", "after"]


def test_register_and_its_shutdown_run_with_the_client(app: Path) -> None:
    with Client(app):
        lines = sys.modules["seen"].lines
        assert lines == ["start"]
    assert lines == ["start", "stop"]


def test_without_with_the_app_starts_at_the_first_request_until_close(app: Path) -> None:
    client = Client(app)
    try:
        client.get("/after")
        lines = sys.modules["seen"].lines
        assert lines[0] == "start"
    finally:
        client.close()
    assert lines[-1] == "stop"


def test_a_client_that_was_never_used_leaves_nothing(app: Path) -> None:
    threads = threading.active_count()
    Client(app).close()
    assert threading.active_count() == threads
    assert "seen" not in sys.modules


def test_nothing_is_written_into_the_project_but_pycache(app: Path) -> None:
    with Client(app) as client:
        client.get("/after")
    assert not (app / ".byway").exists()


def test_every_thread_and_module_is_gone_afterwards(app: Path) -> None:
    with Client(app) as client:
        client.get("/after")
    assert not [thread for thread in threading.enumerate() if thread.name == "byway-testing"]
    assert "seen" not in sys.modules


def test_problems_are_raised_and_nothing_is_left(app: Path) -> None:
    write_app(app, {"app/bad/route.py": "def get(): ...\n"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(AppError, match="'get' is no handler"), Client(app):
            pass

        async def main() -> None:
            async with Client(app):
                pass

        with pytest.raises(AppError, match="'get' is no handler"):
            asyncio.run(main())
        gc.collect()


def test_an_async_client_is_a_client_too(app: Path) -> None:
    async def main() -> None:
        async with Client(app) as client:
            answers = await asyncio.gather(*(client.post("/echo", content=str(number)) for number in range(5)))
            assert [answer.json()[3] for answer in answers] == ["0", "1", "2", "3", "4"]
            async with client.stream("GET", "/stream") as answer:
                assert [chunk async for chunk in answer.aiter_bytes()] == [b"0", b"1", b"2", b"3", b"4", b"5"]
            await client.post("/cookies")
            assert (await client.get("/cookies")).text == "Cookie"
            await client.get("/after")
            await client.drain()
            assert sys.modules["seen"].lines[-1] == "after"

    asyncio.run(main())


def test_an_application_is_taken_as_well_as_a_folder(app: Path) -> None:
    with loaded(app) as application, Client(application) as client:
        assert client.get("/after").text == "x"
        client.drain()


def test_an_asgi_application_without_lifespan_is_served() -> None:
    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"plain"})

    with Client(plain) as client:
        assert client.get("/").text == "plain"


def test_requests_of_several_threads_are_answered(client: Client) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(client.post("/echo").json()[0])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["POST"] * 4


# The cache and its clock


CACHED = {
    "app/kept/route.py": route("""
        revalidate = 60
        calls = 0
        async def GET():
            global calls
            calls += 1
            return Response(str(calls))
    """),
    "app/function/route.py": route("""
        from byway import cache_life, cache_tag, revalidate_tag, use_cache

        calls = 0

        @use_cache
        async def count():
            global calls
            cache_life(revalidate=60, expire=600)
            cache_tag("count")
            calls += 1
            return calls

        async def GET(): return Response(str(await count()))
        async def POST():
            revalidate_tag("count")
            return Response()
    """),
}


def test_the_clock_makes_what_is_kept_older(tmp_path: Path) -> None:
    with Client(write_app(tmp_path, CACHED)) as client:
        answers = []
        for seconds in (0, 59, 2, 0):
            client.clock.advance(seconds)
            answer = client.get("/kept")
            answers.append((answer.text, answer.headers["x-byway-cache"]))
            client.drain()
        assert answers == [("1", "HIT"), ("1", "HIT"), ("1", "STALE"), ("2", "HIT")]


def test_the_clock_moves_cached_functions_too(tmp_path: Path) -> None:
    with Client(write_app(tmp_path, CACHED)) as client:
        assert [client.get("/function").text for _ in range(2)] == ["1", "1"]
        client.clock.advance(61)
        assert client.get("/function").text == "1"
        client.drain()
        assert client.get("/function").text == "2"
        client.clock.advance(601)
        assert client.get("/function").text == "3"
        client.post("/function")
        assert client.get("/function").text == "4"


def test_the_clock_starts_at_the_present_and_does_not_run_backwards() -> None:
    clock = Clock()
    before = time.time()
    assert before <= clock() <= time.time()
    clock.advance(0)
    clock.advance(3600)
    clock.advance(0.5)
    assert before + 3600.5 <= clock() <= time.time() + 3600.5
    with pytest.raises(ValueError, match=r"advance\(-1\): time does not run backwards\."):
        clock.advance(-1)


def test_the_cache_begins_empty_for_each_client(tmp_path: Path) -> None:
    write_app(tmp_path, CACHED)
    for _ in range(2):
        with Client(tmp_path) as client:
            assert client.get("/function").text == "1"


def test_a_client_of_an_application_has_a_clock_too(tmp_path: Path) -> None:
    with loaded(write_app(tmp_path, CACHED)) as application, Client(application) as client:
        assert [client.get("/function").text for _ in range(2)] == ["1", "1"]
        client.clock.advance(601)
        assert client.get("/function").text == "2"


def test_an_async_client_has_a_clock_too(tmp_path: Path) -> None:
    async def main() -> None:
        async with Client(write_app(tmp_path, CACHED)) as client:
            assert (await client.get("/function")).text == "1"
            client.clock.advance(601)
            assert (await client.get("/function")).text == "2"

    asyncio.run(main())


def test_a_configured_cache_handler_is_left_alone_by_tests(tmp_path: Path) -> None:
    config = "from byway import Config\nfrom byway.cache import MemoryStore\nstore = MemoryStore(1_000_000)\n"
    config += "store.open = store.get = lambda *_: 1 / 0\nconfig = Config(cache_handler=store)\n"
    with Client(write_app(tmp_path, {**CACHED, "byway_config.py": config})) as client:
        assert [client.get("/function").text for _ in range(2)] == ["1", "1"]


# FetchStub


API = "https://api.test"
FETCHING = {
    "app/fetch/route.py": route(f"""
        from byway import fetch

        async def GET(request: Request):
            answer = await fetch("{API}" + request.url.search_params.get("path"))
            words = {{"x-from": answer.headers.get("x-from") or ""}}
            return Response(await answer.text(), status=answer.status, headers=words)

        async def POST(request: Request):
            answer = await fetch("{API}/items", method="POST", json=await request.json())
            return Response.json(await answer.json())
    """),
    "app/errors/route.py": route(f"""
        from byway import fetch
        from byway.fetch import FetchError, FetchTimeout

        async def GET():
            try:
                return Response(await (await fetch("{API}/items")).text())
            except (FetchError, FetchTimeout, ValueError) as error:
                return Response(f"{{type(error).__name__}}: {{error}}")
    """),
}


@pytest.fixture
def stub() -> FetchStub:
    return FetchStub()


@pytest.fixture
def fetching(tmp_path: Path, stub: FetchStub) -> Iterator[Client]:
    with Client(write_app(tmp_path, FETCHING), fetch=stub) as client:
        yield client


def test_a_stub_answers_instead_of_the_network_each_time_anew(fetching: Client, stub: FetchStub) -> None:
    stub.on(f"{API}/items", Response("hello", status=203, headers={"x-from": "stub"}))
    for _ in range(2):
        answer = fetching.get("/fetch", params={"path": "/items"})
        assert (answer.status_code, answer.text, answer.headers["x-from"]) == (203, "hello", "stub")
    assert [(one.method, one.url.href) for one in stub.requests] == [("GET", f"{API}/items")] * 2


def test_a_url_without_a_query_stands_for_every_query_and_one_with_it_goes_before(
    fetching: Client, stub: FetchStub
) -> None:
    stub.on(f"{API}/items", Response("any"))
    stub.on(f"{API}/items?page=2", Response("second"))
    texts = [fetching.get("/fetch", params={"path": path}).text for path in ("/items", "/items?page=2", "/items?x#y")]
    assert texts == ["any", "second", "any"]


def test_a_function_may_answer_by_the_request(fetching: Client, stub: FetchStub) -> None:
    async def answer(request: PreparedRequest) -> Response:
        await asyncio.sleep(0)
        return Response.json([request.method, bytes_of(request), request.headers.get("content-type")])

    stub.on(f"{API}/items", answer, method="post")
    expected = ["POST", '{"a":1}', "application/json"]
    assert fetching.post("/fetch", json={"a": 1}).json() == expected
    stub.on(f"{API}/items", lambda request: Response.json(request.method), method="POST")
    assert fetching.post("/fetch", json={"a": 1}).json() == "POST"


def bytes_of(request: PreparedRequest) -> str:
    """The body of ``request``, as text."""
    assert isinstance(request.body, bytes)
    return request.body.decode()


@pytest.mark.parametrize("error", [FetchError("refused"), FetchTimeout("silent"), ValueError("odd")])
def test_an_exception_is_raised(fetching: Client, stub: FetchStub, error: Exception) -> None:
    stub.on(f"{API}/items", error)
    assert fetching.get("/errors").text == f"{type(error).__name__}: {error}"


def test_what_nothing_was_said_about_is_an_error_that_names_it(fetching: Client, stub: FetchStub) -> None:
    assert fetching.get("/errors").text == (
        f"FetchError: This test does not say how GET {API}/items is answered; it does for: nothing."
    )
    stub.on(f"{API}/other", Response())
    stub.on(f"{API}/items", Response(), method="POST")
    assert fetching.get("/errors").text == (
        f"FetchError: This test does not say how GET {API}/items is answered; it does for: "
        f"GET {API}/other, POST {API}/items."
    )


def test_a_stubbed_redirect_is_the_answer_itself(fetching: Client, stub: FetchStub) -> None:
    stub.on(f"{API}/old", Response.redirect("/new", 302))
    assert fetching.get("/fetch", params={"path": "/old"}).status_code == 302
    assert [one.url.pathname for one in stub.requests] == ["/old"]


@pytest.mark.parametrize("answer", [Response("x"), lambda _: Response("x")])
def test_an_answer_tells_where_it_comes_from(stub: FetchStub, answer: Any) -> None:
    stub.on(f"{API}/items", answer)
    response = asyncio.run(stub(PreparedRequest("GET", URL(f"{API}/items?page=2#top"), Headers(), None)))
    assert (response.url, response.redirected, response.status) == (f"{API}/items?page=2", False, 200)
    assert response.headers.get("content-type") == "text/plain;charset=UTF-8"


def test_a_stub_cannot_answer_again_with_a_stream(fetching: Client, stub: FetchStub) -> None:
    def word() -> Iterator[str]:
        yield "x"

    stub.on(f"{API}/items", Response(word()))
    with pytest.raises(TypeError, match=r"needs a whole body: give a function instead\."):
        asyncio.run(stub(PreparedRequest("GET", URL(f"{API}/items"), Headers(), None)))
    stub.on(f"{API}/items", lambda _: Response(word()))
    assert fetching.get("/fetch", params={"path": "/items"}).text == "x"


BUILT = {
    "app/[id]/route.py": route(f"""
        from byway import fetch

        async def generate_static_params():
            return await (await fetch("{API}/ids")).json()

        async def GET(request: Request, ctx: RouteContext):
            answer = await fetch(f"{API}/items/{{(await ctx.params)['id']}}")
            return Response(await answer.text())
    """)
}


def test_the_build_inside_a_client_asks_the_stub(tmp_path: Path, stub: FetchStub) -> None:
    stub.on(f"{API}/ids", Response.json([{"id": "a"}]))
    stub.on(f"{API}/items/a", Response("item a"))
    with Client(write_app(tmp_path, BUILT), fetch=stub) as client:
        assert [one.url.pathname for one in stub.requests] == ["/ids", "/items/a"]
        answer = client.get("/a")
        assert (answer.text, answer.headers["x-byway-cache"]) == ("item a", "HIT")
        assert len(stub.requests) == 2


def test_a_build_that_misses_an_answer_says_which(tmp_path: Path, stub: FetchStub) -> None:
    with pytest.raises(AppError) as caught, Client(write_app(tmp_path, BUILT), fetch=stub):
        pass
    (problem,) = caught.value.problems
    assert problem.file == "app/[id]/route.py"
    assert f"This test does not say how GET {API}/ids is answered; it does for: nothing." in problem.what


def test_an_async_client_and_one_of_an_application_ask_the_stub_too(tmp_path: Path, stub: FetchStub) -> None:
    stub.on(f"{API}/items", Response("hello"))
    write_app(tmp_path, FETCHING)

    async def main() -> None:
        async with Client(tmp_path, fetch=stub) as client:
            assert (await client.get("/errors")).text == "hello"

    asyncio.run(main())
    with loaded(tmp_path) as application, Client(application, fetch=stub) as client:
        assert client.get("/errors").text == "hello"


# The plugin


@pytest.mark.slow
def test_the_plugin_gives_a_clock_a_stub_and_an_empty_cache_for_each_test(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("project")
    write_app(tmp_path, {**CACHED, **FETCHING})
    write_app(
        folder,
        {
            "pytest.ini": f"[pytest]\nbyway_app = {tmp_path}\n",
            "test_it.py": f"""
                import pytest
                from byway import Response

                @pytest.mark.parametrize("time", range(2))
                def test_the_cache_begins_empty(byway_client, time):
                    assert byway_client.get("/function").text == "1"

                def test_the_clock_is_the_clients(byway_clock, byway_client):
                    byway_client.get("/function")
                    byway_clock.advance(601)
                    assert byway_client.get("/function").text == "2"

                def test_the_stub_is_the_clients(byway_client, byway_fetch):
                    byway_fetch.on("{API}/items", Response("stubbed"))
                    assert byway_client.get("/errors").text == "stubbed"
                    assert len(byway_fetch.requests) == 1

                @pytest.fixture
                def prepared(byway_fetch):
                    byway_fetch.on("{API}/items", Response("prepared"))

                def test_the_stub_may_be_asked_for_by_another_fixture(prepared, byway_client):
                    assert byway_client.get("/errors").text == "prepared"
            """,
        },
    )
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "5 passed" in done.stdout, done.stdout


@pytest.mark.slow
def test_the_plugin_gives_a_client_of_the_configured_app(app: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("project")
    write_app(
        folder,
        {
            "pytest.ini": f"[pytest]\nbyway_app = {app}\n",
            "test_it.py": "def test_it(byway_client): assert byway_client.get('/after').text == 'x'\n",
        },
    )
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout
