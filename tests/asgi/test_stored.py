"""The fast lane: which requests it answers, which it leaves to the ordinary way, and that it is never wrong."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import pytest

import byway
from byway.asgi import Application, stored
from byway.build import build_async
from byway.http.response import Response
from byway.runtime.draft import DRAFT_COOKIE
from byway.runtime.loading import load_app
from byway.runtime.pipeline import Answerer
from byway.runtime.work import Work

from ..support import Peer, call, route, write_app
from .decoding import DECODE

P = ParamSpec("P")

KEPT = route("""
    revalidate = 60
    n = 0
    async def GET():
        global n
        n += 1
        return Response(f"answer {n}", headers={"x-a": "1"})
""")
FILES = {
    "app/route.py": KEPT,
    "app/revalidate/route.py": route("""
        from byway import revalidate_path, revalidate_tag
        async def POST():
            revalidate_path("/")
            return Response("done")
    """),
}


class Counting:
    """An answerer that counts the requests that come the ordinary way."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self.count = 0

    async def answer(self, work: Work, path: str, query: bytes) -> Response:
        self.count += 1
        return await self._answerer.answer(work, path, query)

    def varies(self, path: str) -> bool:
        return self._answerer.varies(path)


class Served:
    """A built app; its clock stands still until ``now`` is changed."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.app = application.app
        self._ordinary = Counting(self.app.pipeline)
        self.app.pipeline = self._ordinary
        self.now = self.app.cache.clock()
        self.app.cache.clock = lambda: self.now

    async def get(self, path: str = "/", method: str = "GET", **options: Any) -> tuple[Peer, bool]:
        """The answer, and whether it came by the fast lane."""
        before = self._ordinary.count
        peer = await call(self.application, path, method, **options)
        return peer, self._ordinary.count == before

    async def is_fast(self, path: str = "/", method: str = "GET", **options: Any) -> bool:
        return (await self.get(path, method, **options))[1]


def served(test: Callable[Concatenate[Served, P], Awaitable[None]]) -> Callable[Concatenate[Path, P], None]:
    """Run ``test`` with the app of `FILES`."""

    def run(tmp_path: Path, *args: P.args, **kwargs: P.kwargs) -> None:
        serve(tmp_path, FILES, lambda app: test(app, *args, **kwargs))

    run.__name__ = test.__name__
    return run


def serve(
    folder: Path, files: dict[str, str], run: Callable[[Served], Awaitable[None]], config: str | None = None
) -> None:
    if config is not None:
        files = files | {"byway_config.py": f"from byway import Config\n{config}\n"}

    async def main() -> None:
        app, _ = await build_async(write_app(folder / "project", files), folder / "output", mode="test")
        try:
            await run(Served(Application(app)))
            await app.stop(5)
        finally:
            app.threads.close()
            app.close()

    asyncio.run(main())


# --- What it answers --------------------------------------------------------------------------------------------------


@served
async def test_it_is_taken_once_a_path_was_answered_with_a_kept_answer(app: Served) -> None:
    assert [await app.is_fast() for _ in range(4)] == [False, True, True, True]


@served
async def test_its_answer_is_that_of_the_ordinary_way(app: Served) -> None:
    first, is_fast = await app.get()
    second, is_second_fast = await app.get()
    assert (is_fast, is_second_fast) == (False, True)
    assert (second.status, second.text, sorted(second.headers)) == (200, "answer 1", sorted(first.headers))
    assert second.header("x-byway-cache") == "HIT"
    assert second.header("content-length") == "8"


@served
async def test_neither_the_query_nor_another_cookie_makes_a_difference(app: Served) -> None:
    await app.get()
    assert await app.is_fast("/?a=1")
    assert await app.is_fast(headers=[("cookie", "a=1"), ("cache-control", "no-cache"), ("accept", "text/html")])


def test_redirects_and_empty_answers_are_sent_as_well(tmp_path: Path) -> None:
    files = {
        "app/there/route.py": route("revalidate = 60\nasync def GET(): redirect('/x')"),
        "app/empty/route.py": route("revalidate = 60\nasync def GET(): return Response(status=204)"),
    }

    async def run(app: Served) -> None:
        for path, status, length in [("/there", 307, "0"), ("/empty", 204, None)]:
            first, _ = await app.get(path)
            second, is_fast = await app.get(path)
            assert is_fast
            assert (second.status, second.text, second.header("content-length")) == (status, "", length)
            assert sorted(second.headers) == sorted(first.headers)

    serve(tmp_path, files, run)


@served
async def test_every_answer_is_logged_with_its_route(app: Served) -> None:
    lines: list[tuple[str | None, str, int, bool]] = []

    class Log:
        def write(self, work: Work, client: object, path: str, status: int, seconds: float, *, is_whole: bool) -> None:
            lines.append((work.route, path, status, is_whole))

    app.application.access_log = Log()  # type: ignore[assignment]
    await app.get()
    assert await app.is_fast("/?a=1")
    assert lines == [("/", "/", 200, True)] * 2


# --- What it leaves to the ordinary way -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"headers": [("if-none-match", '"x"')]}, 200),
        ({"headers": [("if-none-match", "*")]}, 304),
        ({"headers": [("cookie", f"a=1; {DRAFT_COOKIE}=x")]}, 200),
        ({"method": "HEAD"}, 200),
        ({"method": "POST"}, 405),
        ({"method": "OPTIONS"}, 204),
        ({"root_path": "/mount"}, 200),
        ({"raw_path": None}, 200),
    ],
    ids=["condition", "any", "draft", "HEAD", "POST", "OPTIONS", "mount", "no raw_path"],
)
def test_whatever_could_make_a_difference_goes_the_ordinary_way(
    tmp_path: Path, options: dict[str, Any], status: int
) -> None:
    async def run(app: Served) -> None:
        await app.get()
        given = {name: value for name, value in options.items() if name != "raw_path"}
        if "raw_path" in options:
            del (peer := Peer({**(await app.get())[0].scope})).scope["raw_path"]
            peer.body()
            before = app._ordinary.count
            await app.application(peer.scope, peer.receive, peer.send)
            assert app._ordinary.count == before + 1
        else:
            peer, is_fast = await app.get(**given)
            assert not is_fast
        assert peer.status == status
        assert await app.is_fast()

    serve(tmp_path, FILES, run)


@served
async def test_in_draft_mode_the_handler_is_asked(app: Served) -> None:
    await app.get()
    peer, is_fast = await app.get(headers=[("cookie", f"{DRAFT_COOKIE}={app.app.draft_id}")])
    assert (peer.text, is_fast) == ("answer 2", False)
    assert (await app.get())[0].text == "answer 1"


@pytest.mark.parametrize("first", ["HEAD", "condition", "mount", "draft"])
def test_only_a_plain_get_opens_it(tmp_path: Path, first: str) -> None:
    async def run(app: Served) -> None:
        match first:
            case "HEAD":
                await app.get(method="HEAD")
            case "condition":
                await app.get(headers=[("if-none-match", "*")])
            case "mount":
                await app.get(root_path="/mount")
            case _:
                await app.get(headers=[("cookie", f"{DRAFT_COOKIE}={app.app.draft_id}")])
        assert [await app.is_fast() for _ in range(2)] == [False, True]

    serve(tmp_path, FILES, run)


def test_a_host_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    async def run(app: Served) -> None:
        assert [await app.is_fast() for _ in range(2)] == [False, True]
        peer, is_fast = await app.get(host="evil.example")
        assert (peer.status, is_fast) == (400, True)  # refused before any route is looked for
        assert "answer" not in peer.text

    serve(tmp_path, FILES, run, "config = Config(allowed_hosts=['example.com'])")


@served
async def test_two_host_headers_are_refused_though_each_is_known(app: Served) -> None:
    assert [await app.is_fast() for _ in range(2)] == [False, True]
    peer, _ = await app.get(headers=[("host", "example.com")])
    assert peer.status == 400


def test_a_known_host_does_not_hide_what_a_trusted_proxy_says(tmp_path: Path) -> None:
    async def run(app: Served) -> None:
        assert [await app.is_fast() for _ in range(3)] == [False, True, True]
        peer, is_fast = await app.get(headers=[("x-forwarded-host", "evil.example")])
        assert (peer.status, is_fast) == (400, True)
        assert "answer" not in peer.text

    serve(tmp_path, FILES, run, "config = Config(allowed_hosts=['example.com'], trusted_proxies=['*'])")


def test_of_too_many_hosts_none_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "_MOST_HOSTS", 2)

    async def run(app: Served) -> None:
        await app.get()
        for number in range(5):
            assert await app.is_fast(host=f"{number}.example.com")
            assert len(app.application._stored._hosts) <= 2

    serve(tmp_path, FILES, run)


def test_with_a_proxy_every_request_is_looked_at(tmp_path: Path) -> None:
    proxy = "from byway import Response\nseen = []\ndef proxy(request):\n"
    proxy += "    seen.append(1)\n    if len(seen) > 2: return Response('closed')\n"

    async def run(app: Served) -> None:
        found = [await app.get() for _ in range(3)]
        assert [(peer.text, is_fast) for peer, is_fast in found] == [
            ("answer 1", False),
            ("answer 1", False),
            ("closed", False),
        ]

    serve(tmp_path, FILES | {"proxy.py": proxy}, run)


ADMIN_PROXY = "config = {'matcher': ['/admin/:path*', '/%64irect']}\ndef proxy(): return None\n"
HEADERS = """
def headers():
    return [
        {"source": "/:path*", "headers": [{"key": "x-all", "value": "1"}]},
        {
            "source": "/asked",
            "has": [{"type": "header", "key": "x-ask"}],
            "headers": [{"key": "x-asked", "value": "1"}],
        },
        {"source": "/cookie", "headers": [{"key": "set-cookie", "value": "a=1"}]},
    ]
config = Config(headers=headers)
"""


def test_a_proxy_that_is_for_other_paths_leaves_it_open(tmp_path: Path) -> None:
    async def run(app: Served) -> None:
        assert [await app.is_fast() for _ in range(2)] == [False, True]
        assert [await app.is_fast("/admin") for _ in range(3)] == [False] * 3
        assert [await app.is_fast("/%61dmin") for _ in range(3)] == [False] * 3
        assert [await app.is_fast("/%64irect") for _ in range(3)] == [False] * 3

    serve(tmp_path, FILES | {"proxy.py": ADMIN_PROXY, "app/admin/route.py": KEPT, "app/direct/route.py": KEPT}, run)


def test_headers_of_the_config_are_sent_as_well(tmp_path: Path) -> None:
    async def run(app: Served) -> None:
        for is_fast in (False, True):
            peer, was_fast = await app.get()
            assert (was_fast, peer.header("x-all"), peer.text) == (is_fast, "1", "answer 1")

    serve(tmp_path, FILES, run, HEADERS)


@pytest.mark.parametrize("path", ["/asked", "/cookie"])
def test_a_rule_that_looks_at_more_than_the_path_or_sets_a_cookie_keeps_it_closed(tmp_path: Path, path: str) -> None:
    async def run(app: Served) -> None:
        assert [await app.is_fast(path) for _ in range(3)] == [False] * 3
        peer, _ = await app.get("/asked", headers=[("x-ask", "1")])
        assert (peer.header("x-asked"), (await app.get("/asked"))[0].header("x-asked")) == ("1", None)

    serve(tmp_path, FILES | {"app/asked/route.py": KEPT, "app/cookie/route.py": KEPT}, run, HEADERS)


def test_a_rewritten_path_is_remembered_unless_a_condition_may_lead_it_elsewhere(tmp_path: Path) -> None:
    rules = "def rewrites(): return {'before_files': [{'source': '/a', 'destination': '/'}%s]}\n"
    other = ", {'source': '/zzz', 'destination': '/', 'has': [{'type': 'host', 'value': 'x'}]}"

    async def plain(app: Served) -> None:
        assert [await app.is_fast("/a") for _ in range(2)] == [False, True]

    async def conditional(app: Served) -> None:
        assert [await app.is_fast("/a") for _ in range(3)] == [False] * 3

    serve(tmp_path / "1", FILES, plain, rules % "" + "config = Config(rewrites=rewrites)")
    serve(tmp_path / "2", FILES, conditional, rules % other + "config = Config(rewrites=rewrites)")


LONG = route("revalidate = 60\nasync def GET(): return Response('large ' * 1000)")


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_large_answer_is_sent_compressed_to_who_takes_it(tmp_path: Path, coding: str) -> None:
    async def run(app: Served) -> None:
        headers = [("accept-encoding", coding)]
        assert (await app.get("/large"))[1] is False
        plain, is_fast = await app.get("/large")
        assert (is_fast, plain.text, plain.header("vary")) == (True, "large " * 1000, "accept-encoding")
        found = [await app.get("/large", headers=headers) for _ in range(2)]
        assert [was_fast for _, was_fast in found] == [False, True]
        for peer, _ in found:
            body = b"".join(peer.chunks)
            assert DECODE[coding](body).decode() == "large " * 1000
            assert (peer.header("content-encoding"), peer.header("content-length")) == (coding, str(len(body)))
            assert (peer.header("etag") or "").startswith('W/"')
        assert sorted(found[0][0].headers) == sorted(found[1][0].headers)
        assert (await app.get("/large"))[0].text == "large " * 1000

    serve(tmp_path, FILES | {"app/large/route.py": LONG}, run)


def test_each_client_gets_its_own_coding_of_an_answer(tmp_path: Path) -> None:
    async def run(app: Served) -> None:
        wanted = ["gzip", "br", "zstd", "zstd;q=0.5, br", "br;q=0, zstd;q=0, *", "gzip;q=0"]
        expected = ["gzip", "br", "zstd", "br", "gzip", None]
        for is_again in (False, True):
            found = [await app.get("/large", headers=[("accept-encoding", value)]) for value in wanted]
            assert [peer.header("content-encoding") for peer, _ in found] == expected
            for (peer, is_fast), coding in zip(found, expected, strict=True):
                assert DECODE[coding or "identity"](b"".join(peer.chunks)).decode() == "large " * 1000
                assert is_fast or not is_again

    serve(tmp_path, FILES | {"app/large/route.py": LONG}, run)


def test_its_codings_are_those_of_all_headers_together(tmp_path: Path) -> None:
    async def run(app: Served) -> None:
        for is_fast in (False, True):
            headers = [("accept-encoding", "zstd;q=0"), ("accept-encoding", "br;q=0.5"), ("accept-encoding", "*")]
            peer, was_fast = await app.get("/large", headers=headers)
            assert (peer.header("content-encoding"), was_fast) == ("gzip", is_fast)

    serve(tmp_path, FILES | {"app/large/route.py": LONG}, run)


def test_a_client_that_has_the_answer_in_any_coding_is_told_so(tmp_path: Path) -> None:
    async def run(app: Served) -> None:
        for coding in ("gzip", "br", "zstd", "identity"):
            taken = ("accept-encoding", coding)
            tag = (await app.get("/large", headers=[taken]))[0].header("etag")
            assert tag is not None
            peer, _ = await app.get("/large", headers=[taken, ("if-none-match", tag)])
            assert (peer.status, peer.header("content-encoding"), peer.text) == (304, None, "")

    serve(tmp_path, FILES | {"app/large/route.py": LONG}, run)


def test_in_development_every_request_is_looked_at(tmp_path: Path) -> None:
    async def main() -> None:
        app = load_app(write_app(tmp_path, FILES), "development")
        application = Application(app)
        try:
            assert [(await call(application)).text for _ in range(3)] == ["answer 1", "answer 2", "answer 3"]
            await app.stop(5)
        finally:
            app.threads.close()
            app.close()

    asyncio.run(main())


def test_an_answer_that_is_made_for_one_client_does_not_open_it(tmp_path: Path) -> None:
    async def run(app: Served) -> None:
        assert [await app.is_fast("/dynamic") for _ in range(3)] == [False] * 3
        assert [await app.is_fast("/missing") for _ in range(3)] == [False] * 3

    serve(tmp_path, FILES | {"app/dynamic/route.py": route("async def GET(): return Response('x')")}, run)


# --- That it is never out of date -------------------------------------------------------------------------------------


@served
async def test_after_an_invalidation_it_is_closed_until_the_new_answer_was_sent(app: Served) -> None:
    for number in (1, 2, 3):
        found = [await app.get() for _ in range(3)]
        assert [peer.text for peer, _ in found] == [f"answer {number}"] * 3
        assert found[-1][1]
        await app.get("/revalidate", "POST")


@served
async def test_an_invalidation_of_another_worker_closes_it(app: Served) -> None:
    assert [await app.is_fast() for _ in range(2)] == [False, True]
    await app.app.cache.store.invalidate(["some other tag"], app.now, app.now)
    assert [await app.is_fast() for _ in range(2)] == [False, True]
    assert (await app.get())[0].text == "answer 1"


@served
async def test_what_is_stale_is_left_to_the_ordinary_way(app: Served) -> None:
    assert [await app.is_fast() for _ in range(2)] == [False, True]
    app.now += 61
    peer, is_fast = await app.get()
    assert (peer.header("x-byway-cache"), is_fast) == ("STALE", False)
    await app.app.background.drain(5)
    peer, is_fast = await app.get()
    assert (peer.text, peer.header("x-byway-cache"), is_fast) == ("answer 2", "HIT", False)
    peer, is_fast = await app.get()
    assert (peer.text, is_fast) == ("answer 2", True)


@served
async def test_when_the_memory_is_emptied_it_is_closed(app: Served) -> None:
    assert [await app.is_fast() for _ in range(2)] == [False, True]
    await app.app.cache.forget_memory()
    assert [await app.is_fast() for _ in range(2)] == [False, True]


# --- Middleware and memory --------------------------------------------------------------------------------------------


def test_middleware_may_change_the_messages_it_is_given(tmp_path: Path) -> None:
    config = """
def wrap(app):
    async def wrapped(scope, receive, send):
        async def changed(message):
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-b", b"1"))
                message["status"] += 1
            else:
                message["body"] += b"!"
            await send(message)
        await app(scope, receive, changed)
    return wrapped

config = Config(asgi=wrap)
"""

    async def run(app: Served) -> None:
        for is_fast in (False, True, True):
            peer, was_fast = await app.get()
            assert was_fast is is_fast
            assert (peer.status, peer.text, peer.header("x-b")) == (201, "answer 1!", "1")

    serve(tmp_path, FILES, run, config)


def test_without_a_memory_level_there_is_no_fast_lane(tmp_path: Path) -> None:
    async def run(app: Served) -> None:
        assert [await app.is_fast() for _ in range(3)] == [False] * 3

    serve(tmp_path, FILES, run, "config = Config(cache_max_memory_size=0)")


LARGE = route("""
    revalidate = 60
    def generate_static_params(): return []
    async def GET(request, ctx): return Response(f"{ctx.params['id']} " + "x" * 200_000)
""")


def test_bodies_are_held_by_the_memory_level_alone_and_within_its_bound(tmp_path: Path) -> None:
    async def run(app: Served) -> None:
        await app.get("/warm")
        tracemalloc.start()
        try:
            for number in range(60):
                for _ in range(2):
                    await app.get(f"/{number}")
            gc.collect()  # what only waits for that is not held
            snapshot = tracemalloc.take_snapshot()
        finally:
            tracemalloc.stop()
        # Of the package alone: the interpreter's own tables may grow at any moment.
        own = snapshot.filter_traces([tracemalloc.Filter(True, str(Path(byway.__file__).parent / "*"))])
        # A megabyte in the memory level, one in the store; all bodies are twelve.
        assert 1_000_000 < sum(trace.size for trace in own.traces) < 4_000_000
        assert await app.is_fast("/59")
        peer, is_fast = await app.get("/0")
        assert not is_fast
        assert peer.text.startswith("0 x")

    serve(tmp_path, {"app/[id]/route.py": LARGE}, run, "config = Config(cache_max_memory_size='1mb')")
