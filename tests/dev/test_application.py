"""The development server's application: it changes with the files, and shows mistakes until they are mended."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from byway.dev.application import _CURE, DevApplication
from byway.dev.events import EVENTS_PATH
from byway.runtime.control_flow import HTTPInterrupt

from ..support import Peer, make_scope, route, write_app
from ..support import call as call_at

WATCH = DevApplication._watch


def says(word: str) -> str:
    return route(f"async def GET(): return Response({word!r})")


@asynccontextmanager
async def serving(root: Path) -> AsyncIterator[DevApplication]:
    """The application without its watcher: the tests say when files have changed."""
    application = DevApplication(root)
    try:
        yield application
    finally:
        await application.app.stop(0)
        application.app.close()


async def change(application: DevApplication, root: Path, files: dict[str, str]) -> None:
    write_app(root, files)
    await application.reload([root / name for name in files])


async def call(application: DevApplication, path: str = "/", **options: Any) -> Peer:
    options.setdefault("host", "localhost:3000")
    return await call_at(application, path, **options)


async def text(application: DevApplication, path: str = "/a") -> str:
    return (await call(application, path)).text


@pytest.fixture(autouse=True)
def no_watcher(monkeypatch: pytest.MonkeyPatch) -> None:
    async def watch(self: DevApplication) -> None: ...

    monkeypatch.setattr(DevApplication, "_watch", watch)


def test_a_changed_route_answers_anew_however_quickly_it_was_saved(tmp_path: Path) -> None:
    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": says("0")})) as application:
            for number in range(1, 4):
                await change(application, tmp_path, {"app/a/route.py": says(str(number))})
                assert await text(application) == str(number)

    asyncio.run(main())


def test_a_new_route_appears_and_a_removed_one_goes(tmp_path: Path) -> None:
    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": says("a")})) as application:
            await change(application, tmp_path, {"app/[id]/route.py": says("id")})
            assert await text(application, "/b") == "id"
            (tmp_path / "app/a/route.py").unlink()
            await application.reload()
            assert await text(application, "/a") == "id"

    asyncio.run(main())


def test_a_broken_route_is_shown_and_the_next_change_mends_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": says("fine")})) as application:
            await change(application, tmp_path, {"app/a/route.py": "def GET(:\n"})
            peer = await call(application, "/anywhere", headers=[("accept", "text/html")])
            assert peer.status == 500
            assert "SyntaxError" in peer.text
            assert "app/a/route.py" in peer.text
            await change(application, tmp_path, {"app/a/route.py": says("mended")})
            assert await text(application) == "mended"

    asyncio.run(main())


def test_an_app_that_is_broken_at_start_is_mended_too(tmp_path: Path) -> None:
    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": "import no_such_module\n"})) as application:
            assert (await call(application, "/a")).status == 500
            await change(application, tmp_path, {"app/a/route.py": says("mended")})
            assert await text(application) == "mended"

    asyncio.run(main())


def test_a_changed_module_that_routes_import_counts(tmp_path: Path) -> None:
    files = {
        "lib/word.py": "WORD = 'one'\n",
        "app/own.py": "OWN = 'one'\n",
        "app/a/route.py": route(
            "from lib.word import WORD\nfrom ..own import OWN\nasync def GET(): return Response(WORD + OWN)"
        ),
    }

    async def main() -> None:
        async with serving(write_app(tmp_path, files)) as application:
            assert await text(application) == "oneone"
            await change(application, tmp_path, {"lib/word.py": "WORD = 'two'\n"})
            await change(application, tmp_path, {"app/own.py": "OWN = 'two'\n"})
            assert await text(application) == "twotwo"

    asyncio.run(main())


def test_a_changed_env_file_counts_and_what_it_no_longer_sets_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BYWAY_TEST_X", "BYWAY_TEST_Y"):
        monkeypatch.delenv(name, raising=False)
    show = (
        "import os\nasync def GET(): return Response(os.environ.get('BYWAY_TEST_X', '-')"
        " + os.environ.get('BYWAY_TEST_Y', '-'))"
    )

    async def main() -> None:
        root = write_app(tmp_path, {".env": "BYWAY_TEST_X=1\n", "app/a/route.py": route(show)})
        async with serving(root) as application:
            assert await text(application) == "1-"
            await change(application, root, {".env.local": "BYWAY_TEST_X=2\n"})
            assert await text(application) == "2-"
            await change(application, root, {".env": "", ".env.local": "BYWAY_TEST_Y=3\n"})
            assert await text(application) == "-3"

    asyncio.run(main())


def test_a_register_that_fails_is_shown_and_mended_by_the_next_change(tmp_path: Path) -> None:
    async def main() -> None:
        files = {"app/a/route.py": says("fine"), "instrumentation.py": "def register(): raise ValueError('no db')\n"}
        async with serving(write_app(tmp_path, files)) as application:
            peer = await call(application, "/a", headers=[("accept", "text/html")])
            assert peer.status == 500
            assert "register() failed: ValueError: no db" in peer.text
            await change(application, tmp_path, {"instrumentation.py": "def register(): ...\n"})
            assert await text(application) == "fine"

    asyncio.run(main())


def test_an_error_of_a_handler_is_shown_with_its_text(tmp_path: Path) -> None:
    async def main() -> None:
        broken = route("async def GET(): raise ValueError('in the handler')")
        async with serving(write_app(tmp_path, {"app/a/route.py": broken})) as application:
            peer = await call(application, "/a", headers=[("accept", "text/html")])
            assert peer.status == 500
            assert "in the handler" in peer.text

    asyncio.run(main())


@pytest.mark.parametrize("broken", [False, True])
def test_pages_are_told_of_a_reload(tmp_path: Path, broken: bool) -> None:
    async def main() -> None:
        first = "def GET(:\n" if broken else says("one")
        async with serving(write_app(tmp_path, {"app/a/route.py": first})) as application:
            peer = Peer(make_scope(EVENTS_PATH, host="localhost"))
            listening = asyncio.create_task(application(peer.scope, peer.receive, peer.send))  # type: ignore[arg-type]
            await peer.until(2)
            assert peer.header("content-type") == "text/event-stream"
            await change(application, tmp_path, {"app/a/route.py": says("two")})
            await peer.until(3)
            assert peer.chunks == [b": connected\n\n", b"event: reload\ndata:\n\n"]
            peer.leave()
            async with asyncio.timeout(2):
                await listening

    asyncio.run(main())


def test_requests_during_a_reload_wait_rather_than_fail(tmp_path: Path) -> None:
    async def main() -> None:
        slow = "import asyncio\nasync def register(): await asyncio.sleep(0.05)\n"
        files = {"app/a/route.py": says("one"), "instrumentation.py": slow}
        async with serving(write_app(tmp_path, files)) as application:
            assert await text(application) == "one"
            reload = asyncio.create_task(change(application, tmp_path, {"app/a/route.py": says("two")}))
            await asyncio.sleep(0.01)
            answers = await asyncio.gather(*(text(application) for _ in range(5)))
            assert answers == ["two"] * 5
            await reload

    asyncio.run(main())


@pytest.mark.parametrize(
    ("path", "matters"),
    [
        ("app/a/route.py", True),
        ("lib/db.py", True),
        ("public/logo.svg", True),
        ("app/icon.png", True),
        ("app/x/opengraph-image.alt.txt", True),
        ("app/icon.webp", True),  # It is a mistake, which is told.
        ("app/words.txt", False),
        (".env", True),
        (".env.local", True),
        ("app/notes.txt", False),
        (".byway/manifest.json", False),
        (".venv/lib/x.py", False),
        ("venv/x.py", False),
        ("node_modules/x/y.py", False),
        ("app/__pycache__/route.cpython-311.pyc", False),
        ("app/.route.py.swp", False),
        ("sub/.env", False),
    ],
)
def test_only_what_can_change_an_answer_matters(tmp_path: Path, path: str, matters: bool) -> None:
    application = DevApplication(write_app(tmp_path, {"app/a/route.py": says("x")}))
    try:
        assert application._matters(tmp_path / path) is matters
    finally:
        application.app.close()


ASGI_FAILS = "from byway import Config\nconfig = Config(asgi=lambda app: 1 / 0)\n"


def test_a_wrapper_that_fails_is_shown_and_mended_by_the_next_change(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": says("fine")})) as application:
            assert await text(application) == "fine"
            await change(application, tmp_path, {"byway_config.py": ASGI_FAILS})
            peer = await call(application, "/a", headers=[("accept", "text/html")])
            assert peer.status == 500
            assert "The function of Config(asgi=…) failed: ZeroDivisionError: division by zero" in peer.text
            assert "byway_config.py" in caplog.text
            await change(application, tmp_path, {"byway_config.py": "from byway import Config\nconfig = Config()\n"})
            assert await text(application) == "fine"

    asyncio.run(main())


def test_a_wrapper_that_fails_at_the_start_is_shown(tmp_path: Path) -> None:
    async def main() -> None:
        files = {"app/a/route.py": says("fine"), "byway_config.py": ASGI_FAILS}
        async with serving(write_app(tmp_path, files)) as application:
            assert (await call(application, "/a")).status == 500
            await change(application, tmp_path, {"byway_config.py": "from byway import Config\nconfig = Config()\n"})
            assert await text(application) == "fine"

    asyncio.run(main())


@pytest.mark.parametrize("error", [OSError("the disk is gone"), SystemExit(3), HTTPInterrupt(404)])
@pytest.mark.parametrize("place", ["load_app", "DevApplication.use"])
def test_whatever_goes_wrong_while_loading_is_shown_and_mended_by_the_next_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, place: str
) -> None:
    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": says("fine")})) as application:
            with monkeypatch.context() as patch:
                failed: list[object] = []

                def fail(*args: Any, **options: Any) -> None:
                    if failed:
                        return use(*args, **options)
                    failed.append(args)
                    raise error

                use = DevApplication.use
                patch.setattr(f"byway.dev.application.{place}", fail)
                await application.reload()
                peer = await call(application, "/a", headers=[("accept", "text/html")])
                assert peer.status == 500
                assert f"The app does not load: {type(error).__name__}: {error}" in peer.text
            await application.reload()
            assert await text(application) == "fine"

    asyncio.run(main())


@pytest.mark.parametrize("register", ["raise SystemExit(3)", "from byway import not_found\n    not_found()"])
def test_a_register_that_leaves_is_shown_too(tmp_path: Path, register: str) -> None:
    async def main() -> None:
        files = {"app/a/route.py": says("fine"), "instrumentation.py": f"def register():\n    {register}\n"}
        async with serving(write_app(tmp_path, files)) as application:
            assert "register() failed" in (await call(application, "/a", headers=[("accept", "text/html")])).text
            assert "instrumentation" not in sys.modules
            await change(application, tmp_path, {"instrumentation.py": "def register(): ...\n"})
            assert await text(application) == "fine"

    asyncio.run(main())


def test_a_module_may_run_a_loop_of_its_own_at_every_start(tmp_path: Path) -> None:
    module = route(
        "async def word(): return WORD\nanswer = asyncio.run(word())\nasync def GET(): return Response(answer)"
    )

    async def main() -> None:
        application = await asyncio.to_thread(
            DevApplication, write_app(tmp_path, {"app/a/route.py": "WORD = 'one'\n" + module})
        )
        try:
            assert await text(application) == "one"
            await change(application, tmp_path, {"app/a/route.py": "WORD = 'two'\n" + module})
            assert await text(application) == "two"
        finally:
            await application.app.stop(0)
            application.app.close()

    asyncio.run(main())


def test_the_loop_goes_on_while_the_app_is_loaded(tmp_path: Path) -> None:
    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": says("one")})) as application:
            slow = "import time\ntime.sleep(0.3)\n" + says("two")
            reload = asyncio.create_task(change(application, tmp_path, {"app/a/route.py": slow}))
            turns = 0
            while not reload.done():
                await asyncio.sleep(0.01)
                turns += 1
            assert turns > 5
            assert await text(application) == "two"

    asyncio.run(main())


def test_another_sites_name_does_not_lead_to_the_apps_sources(tmp_path: Path) -> None:
    async def main() -> None:
        broken = route("async def GET(): raise ValueError('hunter2')")
        async with serving(write_app(tmp_path, {"app/a/route.py": broken})) as application:
            for host in ("localhost:3000", "shop.localhost", "127.0.0.1:3000", "[::1]:3000"):
                assert "hunter2" in (await call(application, "/a", host=host)).text
            for accept in ("text/html", "application/json"):
                peer = await call(application, "/a", host="attacker.example", headers=[("accept", accept)])
                assert peer.status == 400
                assert "hunter2" not in peer.text
                assert "allowed_hosts" in peer.text
            await change(application, tmp_path, {"app/a/route.py": "def GET(:  # hunter2\n"})
            assert "hunter2" in (await call(application, "/a", headers=[("accept", "text/html")])).text
            assert (await call(application, "/a", host="attacker.example")).status == 400

    asyncio.run(main())


def test_a_broken_app_is_shown_to_the_hosts_that_it_allowed_before(tmp_path: Path) -> None:
    config = "from byway import Config\nconfig = Config(allowed_hosts=['shop.example'])\n"

    async def main() -> None:
        files = {"app/a/route.py": says("fine"), "byway_config.py": config}
        async with serving(write_app(tmp_path, files)) as application:
            assert (await call(application, "/a", host="shop.example")).text == "fine"
            assert (await call(application, "/a", host="localhost")).status == 400
            await change(application, tmp_path, {"app/a/route.py": "def GET(:\n"})
            assert (await call(application, "/a", host="shop.example")).status == 500
            assert (await call(application, "/a", host="attacker.example")).status == 400

    asyncio.run(main())


def test_the_watcher_lives_on_after_an_error_and_says_when_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def awatch(root: Path, **options: object) -> AsyncIterator[set[tuple[int, str]]]:
        for text in ("from byway import Config\nconfig = Config(asgi=lambda app: 1 / 0)\n", ""):
            write_app(root, {"byway_config.py": text or "from byway import Config\nconfig = Config()\n"})
            yield {(1, str(root)), (2, str(root / "byway_config.py"))}
        raise OSError("too many watches")

    async def main() -> None:
        monkeypatch.setattr("watchfiles.awatch", awatch)
        async with serving(write_app(tmp_path, {"app/a/route.py": says("fine")})) as application:
            await WATCH(application)
            assert await text(application) == "fine"
        assert "division by zero" in caplog.text
        assert "The app's files cannot be watched any more: restart the server to see changes." in caplog.text

    asyncio.run(main())


# Requests that run while the app is loaded anew

WAITS = """
    from pathlib import Path

    MARKS = Path(__file__).parents[2] / "marks.txt"

    async def done():
        await asyncio.sleep(0.05)
        MARKS.write_text("done")

    async def POST(request: Request):
        said = await request.text()
        after(done)
        return Response("one " + said)

    def PUT(request: Request):
        said = byway.run(request.text())
        after(done)
        return Response("one " + said)
"""


async def begin(application: DevApplication, method: str) -> tuple[Peer, asyncio.Task[None]]:
    """A request that is running: its handler waits for its body."""
    peer = Peer(make_scope("/a", method, host="localhost:3000"))
    answering = asyncio.create_task(application(peer.scope, peer.receive, peer.send))  # type: ignore[arg-type]
    peer.body(b"bo", end=False)
    async with asyncio.timeout(2):
        while not peer.received:
            await asyncio.sleep(0.001)
    return peer, answering


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_reload_cuts_neither_a_running_request_nor_its_after_work(tmp_path: Path, method: str) -> None:
    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": route(WAITS)})) as application:
            peer, answering = await begin(application, method)
            await change(application, tmp_path, {"app/a/route.py": says("two")})
            assert await text(application) == "two"
            assert peer.messages == []
            peer.body(b"dy")
            async with asyncio.timeout(2):
                await answering
                assert (peer.status, peer.text) == (200, "one body")
                while not (tmp_path / "marks.txt").exists():
                    await asyncio.sleep(0.01)

    asyncio.run(main())


def test_a_stop_ends_the_threads_of_requests_that_began_before_a_reload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        monkeypatch.setattr("byway.dev.application._SHUTDOWN_TIME", 0.01)
        monkeypatch.setattr("byway.asgi.application._CLEAN_UP_TIME", 0.01)
        async with serving(write_app(tmp_path, {"app/a/route.py": route(WAITS)})) as application:
            _, answering = await begin(application, "PUT")
            await change(application, tmp_path, {"app/a/route.py": says("two")})
            await application.stop()
            async with asyncio.timeout(2):
                await asyncio.wait([answering])

    asyncio.run(main())


def test_a_request_that_a_middleware_holds_up_is_answered_by_the_app_that_has_been_started(tmp_path: Path) -> None:
    config = """
        from byway import Config

        def wrap(app):
            async def held_up(scope, receive, send):
                if scope["type"] == "http":
                    await receive()
                await app(scope, receive, send)
            return held_up

        config = Config(asgi=wrap)
    """
    files = {
        "app/a/route.py": says("one"),
        "byway_config.py": config,
        "instrumentation.py": "import asyncio\nasync def register(): await asyncio.sleep(0.05)\n",
    }

    async def main() -> None:
        async with serving(write_app(tmp_path, files)) as application:
            await application.start()
            peer = Peer(make_scope("/a", host="localhost:3000"))
            answering = asyncio.create_task(application(peer.scope, peer.receive, peer.send))  # type: ignore[arg-type]
            await asyncio.sleep(0)
            write_app(tmp_path, {"app/a/route.py": says("two")})
            reloading = await application._begin_reload([tmp_path / "app/a/route.py"])
            peer.body()
            async with asyncio.timeout(2):
                await asyncio.gather(answering, reloading)
            assert (peer.status, peer.text) == (200, "two")

    asyncio.run(main())


# What the terminal is told


def test_a_reload_is_told_of_only_when_the_app_is_whole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def told() -> list[str]:
        texts = [re.sub(r"\d+ ms", "… ms", record.getMessage()) for record in caplog.records]
        caplog.clear()
        return texts

    def problem(file: str, what: str, cure: str) -> str:
        return f"This app has a problem:\n\n{file}\n  {what}\n  → {cure}"

    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": says("one")})) as application:
            await application.start()
            await change(application, tmp_path, {"app/a/route.py": says("two")})
            assert told() == ["Reloaded in … ms after app/a/route.py"]
            await change(application, tmp_path, {"app/a/route.py": "def GET(:\n"})
            what = "This file does not import: SyntaxError: invalid syntax"
            assert told() == [problem("app/a/route.py:1", what, "Mend the syntax at that line.")]
            await change(application, tmp_path, {"app/a/route.py": says("three")})
            assert told() == ["Mended in … ms after app/a/route.py"]
            await change(application, tmp_path, {"instrumentation.py": "def register(): raise ValueError('no db')\n"})
            what = "register() failed: ValueError: no db"
            assert caplog.records[0].exc_info is not None
            assert told() == [problem("instrumentation.py", what, _CURE)]
            await change(application, tmp_path, {"instrumentation.py": "def register(): ...\n"})
            assert told() == ["Mended in … ms after instrumentation.py"]
            await change(application, tmp_path, {"app/a/route.py": says("four")})
            assert told() == ["Reloaded in … ms after app/a/route.py"]

    with caplog.at_level("INFO", "byway.dev"):
        asyncio.run(main())


def test_a_page_that_listens_only_after_a_reload_is_told_at_once(tmp_path: Path) -> None:
    async def listen(application: DevApplication, path: str) -> list[bytes]:
        peer = Peer(make_scope(path, host="localhost"))
        listening = asyncio.create_task(application(peer.scope, peer.receive, peer.send))  # type: ignore[arg-type]
        await peer.until(2)
        await asyncio.sleep(0.01)
        peer.leave()
        await listening
        return peer.chunks

    def place(page: str) -> str:
        found = re.search(r'EventSource\("([^"]+)"\)', page)
        assert found is not None
        return found[1]

    async def main() -> None:
        raising = route("async def GET(): raise ValueError")
        async with serving(write_app(tmp_path, {"app/a/route.py": raising})) as application:
            places = [place(await text(application))]
            assert await listen(application, places[0]) == [b": connected\n\n"]
            await change(application, tmp_path, {"app/a/route.py": "def GET(:\n"})
            places.append(place(await text(application)))
            await change(application, tmp_path, {"app/a/route.py": says("fine")})
            for one in places:
                assert await listen(application, one) == [b": connected\n\n", b"event: reload\ndata:\n\n"]

    asyncio.run(main())


# Nothing that an app does keeps requests waiting for ever


async def answers(application: DevApplication, expected: str) -> None:
    async with asyncio.timeout(2):
        while await text(application) != expected:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("await asyncio.Event().wait()", "The shutdown part of register() took longer than 0.05 seconds."),
        ("raise SystemExit(3)", "The shutdown part of register() failed."),
        ("raise asyncio.CancelledError", "The shutdown part of register() failed."),
    ],
)
def test_an_old_app_that_does_not_stop_properly_does_not_keep_the_new_one_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, end: str, said: str
) -> None:
    monkeypatch.setattr("byway.dev.application._OLD_APP_TIME", 0)
    monkeypatch.setattr("byway.dev.application._OLD_REGISTER_TIME", 0.05)
    files = {
        "app/a/route.py": says("one"),
        "instrumentation.py": f"import asyncio\nasync def register():\n    yield\n    {end}\n",
    }

    async def main() -> None:
        async with serving(write_app(tmp_path, files)) as application:
            await application.start()
            (tmp_path / "instrumentation.py").unlink()
            async with asyncio.timeout(2):
                await change(application, tmp_path, {"app/a/route.py": says("two")})
            assert await text(application) == "two"
        assert said in caplog.text

    asyncio.run(main())


NEVER = "import asyncio\nasync def register(): await asyncio.Event().wait()\n"


@pytest.mark.parametrize("is_first", [True, False])
def test_a_register_that_never_returns_is_given_up_at_the_next_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    def saved(root: Path, file: str, text: str) -> set[tuple[int, str]]:
        write_app(root, {file: text})
        return {(1, str(root / file))}

    async def awatch(root: Path, **options: object) -> AsyncIterator[set[tuple[int, str]]]:
        await asyncio.sleep(0.05)
        if not is_first:
            yield saved(root, "instrumentation.py", NEVER)
        yield saved(root, "instrumentation.py", NEVER + "\n")
        write_app(root, {"app/a/route.py": says("mended")})
        yield saved(root, "instrumentation.py", "def register(): ...\n")
        await asyncio.Event().wait()

    async def main() -> None:
        monkeypatch.setattr("watchfiles.awatch", awatch)
        monkeypatch.setattr(DevApplication, "_watch", WATCH)
        files = {"app/a/route.py": says("fine"), "instrumentation.py": NEVER if is_first else ""}
        async with serving(write_app(tmp_path, files)) as application:
            async with asyncio.timeout(2):
                await application.start()
            await answers(application, "mended")
            await application.stop()

    asyncio.run(main())


def test_a_register_that_was_cancelled_from_within_is_shown(tmp_path: Path) -> None:
    cancelled = "import asyncio\nasync def register(): raise asyncio.CancelledError\n"

    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": says("fine")})) as application:
            await application.start()
            await change(application, tmp_path, {"instrumentation.py": cancelled})
            assert "register() failed: CancelledError" in await text(application)
            await change(application, tmp_path, {"instrumentation.py": "def register(): ...\n"})
            assert await text(application) == "fine"

    asyncio.run(main())


def test_handlers_that_hold_all_threads_of_the_loop_do_not_hold_up_a_reload(tmp_path: Path) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        release = threading.Event()
        loop.set_default_executor(ThreadPoolExecutor(1))
        held = loop.run_in_executor(None, release.wait, 5)
        async with serving(write_app(tmp_path, {"app/a/route.py": says("one")})) as application:
            try:
                async with asyncio.timeout(2):
                    await change(application, tmp_path, {"app/a/route.py": says("two")})
                assert await text(application) == "two"
            finally:
                release.set()
                await held

    asyncio.run(main())


def test_a_stop_in_the_middle_of_a_reload_ends(tmp_path: Path) -> None:
    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": says("fine")})) as application:
            await application.start()
            write_app(tmp_path, {"instrumentation.py": NEVER})
            await application._begin_reload([tmp_path / "instrumentation.py"])
            waiting = asyncio.create_task(text(application))
            await asyncio.sleep(0.01)
            assert not waiting.done()
            application.stop_soon()
            async with asyncio.timeout(2):
                assert await waiting == "fine"
                await application.stop()

    asyncio.run(main())


# What the system says of files


def test_watching_begins_again_when_it_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    watched: list[Path] = []

    async def awatch(root: Path, **options: object) -> AsyncIterator[set[tuple[int, str]]]:
        watched.append(root)
        if len(watched) == 1:
            # Together with what could not be told, a change that was not told.
            write_app(root, {"app/a/route.py": says("two")})
            raise RuntimeError("a name that is no text")
        write_app(root, {"app/b/route.py": says("three")})
        yield {(1, str(root / "app/b/route.py"))}
        await asyncio.Event().wait()

    async def main() -> None:
        monkeypatch.setattr("watchfiles.awatch", awatch)
        monkeypatch.setattr("byway.dev.application._WATCH_TIME", 0)
        monkeypatch.setattr(DevApplication, "_watch", WATCH)
        async with serving(write_app(tmp_path, {"app/a/route.py": says("one")})) as application:
            await application.start()
            await answers(application, "two")
            async with asyncio.timeout(2):
                while await text(application, "/b") != "three":
                    await asyncio.sleep(0.01)
            await application.stop()
        assert "The watching of the app's files was interrupted: a name that is no text" in caplog.text

    asyncio.run(main())


def test_a_path_without_the_links_of_the_root_counts(tmp_path: Path) -> None:
    write_app(tmp_path / "real", {"app/a/route.py": says("x")})
    (tmp_path / "link").symlink_to("real")
    application = DevApplication(tmp_path / "link")
    try:
        path = application._as_given(tmp_path / "real/app/a/route.py")
        assert path == tmp_path / "link/app/a/route.py"
        assert application._matters(path)
        assert not application._matters(application._as_given(tmp_path / "elsewhere.py"))
    finally:
        application.app.close()


@pytest.mark.parametrize(
    ("file", "matters"),
    [("lib/sub/x.py", True), ("lib/sub/icon.png", True), ("lib/node_modules/x.py", False), ("lib/words.txt", False)],
)
def test_a_new_folder_counts_when_modules_of_the_app_lie_in_it(tmp_path: Path, file: str, matters: bool) -> None:
    application = DevApplication(write_app(tmp_path, {"app/a/route.py": says("x"), file: ""}))
    try:
        assert application._matters(tmp_path / "lib") is matters
    finally:
        application.app.close()


def test_byte_code_that_cannot_be_removed_is_no_fault_of_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(path)

    async def main() -> None:
        async with serving(write_app(tmp_path, {"app/a/route.py": says("one")})) as application:
            monkeypatch.setattr(Path, "unlink", refuse)
            await change(application, tmp_path, {"app/a/route.py": says("longer")})
            assert await text(application) == "longer"

    asyncio.run(main())
