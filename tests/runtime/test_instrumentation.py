"""``instrumentation.py``: ``register`` at start and stop, ``on_request_error`` at every fault."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from byway.testing import Client

from ..support import call, loaded, problems_of, route, write_app

ROUTE = route("""
    import seen

    async def GET(request: Request):
        seen.calls.append("request")
        return Response("x")

    async def POST(request: Request):
        cookies().set("a", "1")
        raise ValueError("broken")

    async def PUT(request: Request): await request.json()
    async def PATCH(): not_found()
    async def DELETE(): return None
""")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(tmp_path, {"seen.py": "calls = []\n", "app/items/[id]/route.py": ROUTE})


def with_register(root: Path, text: str) -> Path:
    return write_app(root, {"instrumentation.py": "import asyncio, threading, seen\n" + text})


def calls() -> list[Any]:
    found: list[Any] = sys.modules["seen"].calls
    return found


def test_register_runs_once_on_the_serving_loop_before_the_first_request(app: Path) -> None:
    with_register(app, "async def register():\n  asyncio.get_running_loop()\n  seen.calls.append('register')\n")
    with Client(app) as client:
        client.get("/items/1")
        client.get("/items/1")
        assert calls() == ["register", "request", "request"]


@pytest.mark.parametrize("word", ["async def", "def"])
def test_what_follows_a_yield_runs_at_shutdown(app: Path, word: str) -> None:
    with_register(app, f"{word} register():\n  seen.calls.append('start')\n  yield\n  seen.calls.append('stop')\n")
    with Client(app) as client:
        client.get("/items/1")
        found = calls()
    assert found == ["start", "request", "stop"]


def test_a_plain_register_runs_on_the_loops_thread(app: Path) -> None:
    with_register(app, "def register(): seen.calls.append(asyncio.get_running_loop() is not None)\n")
    with Client(app):
        assert calls() == [True]


def test_a_register_that_raises_stops_the_start(app: Path, caplog: pytest.LogCaptureFixture) -> None:
    with_register(app, "async def register(): raise ValueError('no database')\n")
    with pytest.raises(RuntimeError, match=r"The app did not start: register\(\) failed: no database"), Client(app):
        pass
    assert "register() of instrumentation.py failed; the app does not start." in caplog.text


def test_a_shutdown_part_that_raises_is_logged(app: Path, caplog: pytest.LogCaptureFixture) -> None:
    with_register(app, "async def register():\n  yield\n  raise ValueError('late')\n")
    with Client(app):
        pass
    assert "The shutdown part of register() failed." in caplog.text


def test_without_lifespan_the_first_request_starts_the_app_once(app: Path) -> None:
    with_register(app, "async def register():\n  await asyncio.sleep(0.01)\n  seen.calls.append('register')\n")

    async def main() -> None:
        with loaded(app) as application:
            await asyncio.gather(*(call(application, "/items/1") for _ in range(3)))
            assert calls() == ["register", "request", "request", "request"]

    asyncio.run(main())


@pytest.mark.parametrize("word", ["async def", "def"])
def test_on_request_error_is_told_of_error_request_and_context(app: Path, word: str) -> None:
    text = f"{word} on_request_error(error, request, context): seen.calls.append((error, request, context))\n"
    with_register(app, text)
    with Client(app) as client:
        answer = client.post("/items/1?q=2", headers={"x-a": "3", "accept": "application/json"})
        ((error, request, context),) = calls()
        assert answer.status_code == 500
    assert str(error) == "broken"
    assert (request["path"], request["method"], request["headers"]["x-a"]) == ("/items/1?q=2", "POST", "3")
    assert context == {
        "router_kind": "App Router",
        "route_path": "/items/[id]",
        "route_type": "route",
        "request_id": answer.json()["request_id"],
    }


def test_it_is_not_told_of_the_clients_faults_nor_of_control_flow(app: Path) -> None:
    with_register(app, "def on_request_error(error, request, context): seen.calls.append(error)\n")
    with Client(app) as client:
        assert client.put("/items/1", content=b"{").status_code == 400
        assert client.patch("/items/1").status_code == 404
        assert calls() == []
        assert client.delete("/items/1").status_code == 500
        assert len(calls()) == 1


@pytest.mark.parametrize(
    "fault", ["1 / 0", "raise BaseException('x')", "import byway; byway.not_found()", "next(iter([]))"]
)
@pytest.mark.parametrize("word", ["async def", "def"])
def test_what_it_raises_is_logged_and_the_answer_is_the_same(
    app: Path, caplog: pytest.LogCaptureFixture, word: str, fault: str
) -> None:
    with_register(app, f"{word} on_request_error(error, request, context): {fault}\n")
    with Client(app) as client:
        assert client.post("/items/1").status_code == 500
    assert "on_request_error() failed while it was told of an error of POST /items/[id]." in caplog.text


@pytest.mark.parametrize(
    ("text", "what", "cure"),
    [
        (
            "register = 1",
            "register cannot be called: it is int, not a function.",
            "Write `def register(): …`.",
        ),
        (
            "def register(app): ...",
            "register cannot be called: missing a required argument: 'app'.",
            "Write `def register(): …`.",
        ),
        (
            "def on_request_error(error): ...",
            "on_request_error cannot be called: too many positional arguments.",
            "Write `def on_request_error(error, request, context): …`.",
        ),
    ],
)
def test_a_function_that_cannot_be_called_is_a_problem(app: Path, text: str, what: str, cure: str) -> None:
    with_register(app, text + "\n")
    assert problems_of(app) == [("instrumentation.py", what, cure)]


def test_a_module_that_does_not_import_is_a_problem(app: Path) -> None:
    with_register(app, "import no_such_module\n")
    ((file, what, _),) = problems_of(app)
    assert file == "instrumentation.py:2"
    assert "No module named 'no_such_module'" in what


def test_it_lies_in_src_beside_the_app(tmp_path: Path) -> None:
    write_app(tmp_path, {"src/app/route.py": route("def GET(): return Response('x')")})
    write_app(tmp_path, {"src/instrumentation.py": "register = 1\n", "instrumentation.py": "raise ValueError\n"})
    ((file, _, _),) = problems_of(tmp_path)
    assert file == "src/instrumentation.py"
