"""`byway.testing.Client`: an app called in process, as a browser would see it."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from byway import AppError
from byway.config import Receive, Scope, Send
from byway.testing import Client

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
