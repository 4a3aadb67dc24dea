"""Making answers ahead: which routes are static, why the others are not, and what makes a build fail."""

from __future__ import annotations

import asyncio
import logging
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from byway import AppError
from byway.build import OUTPUT_FOLDER, build, build_async
from byway.build.manifest import MANIFEST, PRERENDERED, RouteEntry, read_manifest
from byway.caching.store import Entry
from byway.runtime.app import App
from byway.runtime.route_cache import ANSWERS, RouteAnswer, StaticRoute
from byway.testing import Client

from ..support import route, write_app

HELLO = "async def GET(): return Response('hello')\n"
MEND = 'Mend what raises, or have it answered anew each time: dynamic = "force-dynamic".'


class Built:
    """A build of the files ``files`` below ``root``, and what it has made."""

    def __init__(self, root: Path, files: dict[str, str]) -> None:
        write_app(root, {name: route(text) if name.endswith("route.py") else text for name, text in files.items()})
        self.root = root
        self.app, self.manifest = build(root)
        self.app.close()

    @property
    def folder(self) -> Path:
        return self.root / OUTPUT_FOLDER

    @property
    def entries(self) -> dict[str, RouteEntry]:
        """The routes of the manifest by their patterns."""
        return {entry.pattern: entry for entry in self.manifest.routes}

    @property
    def only(self) -> RouteEntry:
        """The one route there is."""
        (entry,) = self.manifest.routes
        return entry

    def entry(self, path: str, pattern: str | None = None) -> Entry | None:
        """What was made ahead for ``path``."""
        endpoints = {one.route.pattern: one.endpoint for one in self.app.routes}
        endpoint = endpoints[pattern or path]
        assert isinstance(endpoint, StaticRoute)
        return self.manifest.built(self.folder).entry(endpoint.key(path))

    def answer(self, path: str, pattern: str | None = None) -> RouteAnswer:
        """The answer that was made ahead for ``path``."""
        entry = self.entry(path, pattern)
        assert entry is not None
        answer = ANSWERS.decode(entry.value)
        assert answer is not None
        return answer

    @property
    def files(self) -> list[Path]:
        """What this build has written into its folder of answers."""
        return sorted(self.folder.glob(f"{PRERENDERED}/*/*"))


Make = Callable[..., Built]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Builds an app of one route, or of the given files."""

    def make(text: str | None = None, **more: str) -> Built:
        files = {} if text is None else {"app/route.py": text}
        return Built(tmp_path, files | {f"{name.replace('__', '/')}.py": source for name, source in more.items()})

    return make


def problems(root: Path, files: dict[str, str]) -> list[tuple[str, str, str]]:
    """The problems for which the build of ``files`` fails."""
    with pytest.raises(AppError) as caught:
        Built(root, files)
    assert len(caught.value.causes) == len(caught.value.problems)
    return [(one.file, one.what, one.cure) for one in caught.value.problems]


# What is made


def test_a_static_route_is_made_once_and_written_with_its_headers(make: Make) -> None:
    built = make(
        """
        dynamic = "force-static"
        calls = 0
        async def GET():
            global calls
            calls += 1
            return Response(f"call {calls}", headers={"x-a": "1"}, status=201)
        """
    )
    assert built.only == RouteEntry("/", "app/route.py", ("GET", "HEAD", "OPTIONS"), kind="static", paths=("/",))
    answer = built.answer("/")
    assert (answer.status, answer.body) == (201, b"call 1")
    assert (b"x-a", b"1") in answer.headers
    assert len(built.files) == 1


@pytest.mark.parametrize(
    ("option", "revalidate", "expire"),
    [
        ("dynamic = 'force-static'", None, None),
        ("dynamic = 'error'", None, None),
        ("revalidate = False", None, None),
        ("revalidate = 60", 60, 31_536_000),
        ("dynamic = 'error'\nrevalidate = 0.5", 0.5, 31_536_000),
        ("def generate_static_params(): return [{}]", None, None),
    ],
)
def test_a_static_route_lives_as_long_as_its_file_says(
    make: Make, option: str, revalidate: float | None, expire: float | None
) -> None:
    built = make(f"{option}\n{HELLO}")
    assert (built.only.kind, built.only.revalidate, built.only.expire) == ("static", revalidate, expire)
    entry = built.entry("/")
    assert entry is not None
    assert (entry.revalidate, entry.expire) == (revalidate or math.inf, expire or math.inf)
    assert entry.seen is None


def test_expire_time_of_the_config_bounds_what_is_made_anew(make: Make) -> None:
    built = make(
        f"revalidate = 60\n{HELLO}", byway_config="from byway import Config\nconfig = Config(expire_time=3600)\n"
    )
    assert (built.only.revalidate, built.only.expire) == (60, 3600)


def test_the_functions_that_are_called_lower_a_routes_life_and_lend_it_their_tags(make: Make) -> None:
    built = make(
        """
        from byway import cache_life, cache_tag, use_cache
        revalidate = 60
        @use_cache
        async def items():
            cache_life(revalidate=30, expire=600)
            cache_tag("items")
            return [1]
        async def GET(): return Response.json(await items())
        """
    )
    assert (built.only.kind, built.only.revalidate, built.only.expire) == ("static", 30, 600)
    entry = built.entry("/")
    assert entry is not None
    assert "items" in entry.tags


def test_def_handlers_are_made_ahead_too(make: Make) -> None:
    built = make("dynamic = 'error'\ndef GET(request): return Response(threading.current_thread().name)\n")
    assert built.answer("/").body != b"MainThread"


def test_the_paths_that_a_route_lists_are_made(make: Make) -> None:
    source = """
        def generate_static_params(): return [{"slug": "a"}, {"slug": "b c"}, {"slug": "ü/x"}]
        async def GET(request, ctx): return Response(f"{request.url.pathname} {(await ctx.params)['slug']}")
    """
    built = make(None, **{"app__items__[slug]__route": source})
    assert (built.only.kind, built.only.paths) == ("ssg", ("/items/a", "/items/b%20c", "/items/%C3%BC%2Fx"))
    assert built.answer("/items/b%20c", "/items/[slug]").body == b"/items/b%20c b c"
    assert len(built.files) == 3


def test_a_list_may_be_empty_or_missing(make: Make) -> None:
    lists = "def generate_static_params(): return []\n"
    built = make(
        None, **{"app__a__[x]__route": lists + HELLO, "app__b__[x]__route": f"dynamic = 'force-static'\n{HELLO}"}
    )
    assert {name: (entry.kind, entry.paths) for name, entry in built.entries.items()} == {
        "/a/[x]": ("ssg", ()),
        "/b/[x]": ("ssg", ()),
    }
    assert built.files == []


def test_a_def_list_runs_in_a_worker_thread(make: Make) -> None:
    source = f"def generate_static_params(): return [{{'x': threading.current_thread().name[:5]}}]\n{HELLO}"
    assert make(None, **{"app__[x]__route": source}).only.paths == ("/byway",)


def test_catch_all_segments_are_listed_as_lists(make: Make) -> None:
    source = f"def generate_static_params(): return [{{}}, {{'rest': ['a', 'b c']}}]\n{HELLO}"
    built = make(None, **{"app__docs__[[...rest]]__route": source})
    assert built.only.paths == ("/docs", "/docs/a/b%20c")


def test_of_the_paths_of_a_route_the_shortest_life_is_told(make: Make) -> None:
    source = """
        from byway import cache_life, use_cache
        def generate_static_params(): return [{"s": "10"}, {"s": "20"}]
        @use_cache
        async def load(seconds):
            cache_life(revalidate=seconds, expire=seconds * 100)
        async def GET(request, ctx):
            await load(int((await ctx.params)["s"]))
            return Response()
    """
    built = make(None, **{"app__[s]__route": source})
    assert (built.only.revalidate, built.only.expire) == (10, 1000)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("Response('x', status=404)", 404),
        ("byway.not_found()", 404),
        ("byway.redirect('/x')", 307),
        ("byway.permanent_redirect('/x')", 308),
        ("Response(status=204)", 204),
        ("Response('x', status=399)", 399),
    ],
)
def test_answers_of_these_statuses_are_kept(make: Make, answer: str, status: int) -> None:
    built = make(f"dynamic = 'force-static'\nasync def GET(): return {answer}\n")
    assert built.only.kind == "static"
    assert built.answer("/").status == status


def test_streams_are_read_to_their_end(make: Make) -> None:
    built = make(
        """
        revalidate = False
        async def chunks():
            for word in ("a", "b", "c"):
                await asyncio.sleep(0)
                yield word
        async def GET(): return Response(chunks())
        """
    )
    assert built.answer("/").body == b"abc"


def test_cookies_are_left_out_and_warned_of_once(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    source = """
        def generate_static_params(): return [{"a": "1"}, {"a": "2"}]
        async def GET():
            response = Response("x")
            response.cookies.set("a", "1")
            return response
    """
    built = make(None, **{"app__[a]__route": source})
    assert all(name != b"set-cookie" for name, _ in built.answer("/1", "/[a]").headers)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.WARNING,
            "app/[a]/route.py: the GET handler sets a cookie, but its answer is kept and given to everyone, so the "
            'cookie is left out. Set cookies in a handler that is answered anew: dynamic = "force-dynamic".',
        )
    ]


def test_with_force_static_the_request_tells_nothing_but_its_path(make: Make) -> None:
    built = make(
        """
        from byway import connection
        dynamic = "force-static"
        async def GET(request: Request):
            await connection()
            seen = [list(request.headers.items()), str(request.url), len(cookies().get_all()), list(headers().items())]
            return Response.json(seen)
        """
    )
    assert built.answer("/").body == b'[[],"http://localhost:3000/",0,[]]'


def test_the_build_tells_how_far_it_is(tmp_path: Path) -> None:
    files = {"app/[n]/route.py": "def generate_static_params(): return [{'n': str(n)} for n in range(20)]\n" + HELLO}
    write_app(tmp_path, {name: route(text) for name, text in files.items()})
    told: list[tuple[int, int]] = []
    build(tmp_path, progress=lambda done, of: told.append((done, of)))[0].close()
    assert told == [(number, 20) for number in range(1, 21)]


# What turns out to be dynamic


READS = {
    "cookies()": "cookies()",
    "headers()": "headers()",
    "connection()": "await byway.connection()",
    "request.headers": "request.headers",
    "request.cookies": "request.cookies",
    "request.body": "await request.json()",
    "request.url.search_params": "request.url.search_params",
    "request.url.href": "str(request.url)",
    "request.url.origin": "request.next_url.origin",
    "request.signal": "request.signal",
    "unstable_no_store()": "byway.unstable_no_store()",
}


@pytest.mark.parametrize("api", READS)
def test_a_route_that_reads_of_its_request_is_dynamic_and_the_place_is_told(make: Make, api: str) -> None:
    built = make(f"revalidate = 60\nasync def GET(request):\n    {READS[api]}\n    return Response('x')\n")
    line = 1 + route("x").splitlines().index("x") + 2
    assert (built.only.kind, built.only.why) == ("dynamic", f"uses {api} at app/route.py:{line}")
    assert (built.only.revalidate, built.only.expire, built.files) == (None, None, [])


def test_the_place_may_be_in_another_file_of_the_project(make: Make) -> None:
    built = make(
        "import lib.who\nrevalidate = 60\nasync def GET(): return Response(lib.who.who())\n",
        lib__who="from byway import cookies\n\ndef who():\n    return cookies().get('who')\n",
    )
    assert built.only.why == "uses cookies() at lib/who.py:4"


@pytest.mark.parametrize("guard", ["except Exception", "except BaseException"])
def test_catching_what_the_read_raises_does_not_make_the_route_static(make: Make, guard: str) -> None:
    built = make(
        "revalidate = 60\n"
        f"async def GET():\n    try: cookies()\n    {guard}: pass\n    return Response('for everyone')\n"
    )
    assert built.only.kind == "dynamic"
    assert built.files == []


def test_one_path_that_reads_of_its_request_makes_the_whole_route_dynamic(make: Make) -> None:
    source = """
        def generate_static_params(): return [{"a": "1"}, {"a": "2"}, {"a": "3"}]
        async def GET(request, ctx):
            if (await ctx.params)["a"] == "2": headers()
            return Response()
    """
    built = make(None, **{"app__[a]__route": source})
    assert built.only.kind == "dynamic"
    assert built.only.why is not None
    assert built.only.why.startswith("uses headers() at app/[a]/route.py:")
    assert (built.only.paths, built.files) == ((), [])


@pytest.mark.parametrize("status", [400, 401, 403, 405, 418, 500, 503])
def test_a_route_that_answers_with_an_error_when_it_is_built_is_dynamic(make: Make, status: int) -> None:
    built = make(f"dynamic = 'force-static'\nasync def GET(): return Response(status={status})\n")
    assert (built.only.kind, built.only.why) == ("dynamic", f"answered {status} when it was built")
    assert built.files == []


def test_what_is_cached_for_too_short_a_time_makes_a_route_dynamic(make: Make) -> None:
    built = make(
        """
        from byway import cache_life, use_cache
        revalidate = 60
        @use_cache
        async def load(): cache_life("seconds")
        async def GET():
            await load()
            return Response()
        """
    )
    assert built.only.kind == "dynamic"
    assert built.only.why is not None
    assert built.only.why.startswith(
        "uses a cached function with revalidate 0 or an expire of less than 5 minutes at app/route.py:"
    )


def test_why_a_file_that_asks_to_be_kept_is_not_is_told_and_others_need_no_reason(make: Make) -> None:
    built = make(
        None,
        app__asks_not__route=HELLO,
        app__zero__route=f"revalidate = 0\n{HELLO}",
        app__always__route=f"dynamic = 'force-dynamic'\n{HELLO}",
        app__post__route="dynamic = 'force-static'\nasync def POST(): return Response()\n",
        **{"app__[id]__route": f"revalidate = 60\n{HELLO}"},
    )
    assert {name: (entry.kind, entry.why) for name, entry in built.entries.items()} == {
        "/asks_not": ("dynamic", None),
        "/zero": ("dynamic", "revalidate = 0"),
        "/always": ("dynamic", 'dynamic = "force-dynamic"'),
        "/post": ("dynamic", "no GET"),
        "/[id]": ("dynamic", "revalidate without generate_static_params, in a dynamic segment"),
    }


# What makes a build fail


def test_a_route_that_must_be_static_and_reads_of_its_request_fails_the_build(tmp_path: Path) -> None:
    source = "dynamic = 'error'\nasync def GET():\n    cookies()\n"
    line = len(route("").splitlines()) + 2
    assert problems(tmp_path, {"app/me/route.py": source}) == [
        (
            "app/me/route.py",
            'The answer at /me cannot be made. Route /me has dynamic = "error", but uses cookies() at '
            f"app/me/route.py:{line}, which needs a request.",
            'Remove that, or write dynamic = "auto" to have the route answered anew for each request.',
        )
    ]


def test_catching_the_error_of_a_route_that_must_be_static_does_not_help(tmp_path: Path) -> None:
    source = (
        "dynamic = 'error'\nasync def GET():\n    try: headers()\n    except Exception: pass\n    return Response()\n"
    )
    ((_, what, _),) = problems(tmp_path, {"app/route.py": source})
    assert 'Route / has dynamic = "error", but uses headers() at app/route.py:' in what


def test_every_answer_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    lines = len(route("").splitlines())
    found = problems(
        tmp_path,
        {
            "lib/db.py": "def connect():\n    raise ConnectionError('no database')\n",
            "app/a/route.py": "import lib.db\nrevalidate = 60\ndef GET(): lib.db.connect()\n",
            "app/b/[x]/route.py": """
                def generate_static_params(): return [{"x": "1"}, {"x": "2"}, {"x": "3"}]
                async def GET(request, ctx):
                    if (await ctx.params)["x"] != "2": return 5
                    return Response()
            """,
            "app/c/route.py": f"revalidate = 60\n{HELLO}",
            "app/d/[x]/route.py": f"def generate_static_params(): return 5\n{HELLO}",
            "app/e/[x]/route.py": f"async def generate_static_params():\n    return cookies()\n{HELLO}",
        },
    )
    returned = (
        "TypeError: GET in app/b/[x]/route.py returned int, not a Response. Return a Response in every branch of "
    )
    returned += "the handler: Response.json(…) for data, Response(…) for text."
    assert sorted(found) == [
        (
            "app/a/route.py",
            "Making the answer at /a failed: ConnectionError: no database (lib/db.py:2)",
            MEND,
        ),
        ("app/b/[x]/route.py", f"Making the answers at /b/1 and 1 more path failed: {returned}", MEND),
        (
            "app/d/[x]/route.py",
            "generate_static_params returned int, not a list.",
            'Return a list of dicts: [{"slug": "a"}].',
        ),
        (
            "app/e/[x]/route.py",
            "generate_static_params failed: RuntimeError: cookies() was called in generate_static_params() of "
            "app/e/[x]/route.py, which runs when the app is built, without a request. "
            f"(app/e/[x]/route.py:{lines + 1})",
            "Mend what raises; the build lists the paths of a route with it.",
        ),
    ]


def test_an_answer_that_takes_too_long_fails_the_build_and_names_the_setting(tmp_path: Path) -> None:
    config = "from byway import Config\nconfig = Config(static_page_generation_timeout=0.05)\n"
    slow = "revalidate = 60\nasync def GET(): await asyncio.sleep(60)\n"
    assert problems(tmp_path, {"byway_config.py": config, "app/slow/route.py": slow}) == [
        (
            "app/slow/route.py",
            "Making the answer at /slow took longer than 0.05 seconds.",
            "Make it quicker, or raise Config(static_page_generation_timeout=…).",
        )
    ]


def test_what_one_line_raises_for_many_paths_is_one_problem(tmp_path: Path) -> None:
    source = """
        def generate_static_params(): return [{"n": str(n)} for n in range(1500)]
        async def GET(request, ctx):
            number = int((await ctx.params)["n"])
            if number >= 1200:
                return 1 / 0
            raise LookupError(number)
    """
    found = problems(tmp_path, {"app/[n]/route.py": source})
    assert [what.partition(" (app/")[0] for _, what, _ in found] == [
        "Making the answers at /0 and 1,199 more paths failed: LookupError: 0",
        "Making the answers at /1200 and 299 more paths failed: ZeroDivisionError: division by zero",
    ]


SHORT = "from byway import Config\nconfig = Config(static_page_generation_timeout=0.1)\n"
QUICKER = "Make it quicker, or raise Config(static_page_generation_timeout=…)."


@pytest.mark.parametrize(
    "function",
    [
        "async def generate_static_params(): await asyncio.sleep(60)",
        "def generate_static_params(): byway.run(asyncio.sleep(60))",
    ],
)
def test_a_list_of_paths_that_takes_too_long_fails_the_build(tmp_path: Path, function: str) -> None:
    files = {"byway_config.py": SHORT, "app/[x]/route.py": f"{function}\n{HELLO}"}
    what = "generate_static_params took longer than 0.1 seconds."
    assert problems(tmp_path, files) == [("app/[x]/route.py", what, QUICKER)]


@pytest.mark.parametrize(
    "body",
    [
        "async def body():\n    while True: yield b''\n",
        "def body():\n    while True: yield byway.run(asyncio.sleep(60, b''))\n",
    ],
)
def test_a_body_without_an_end_fails_the_build(tmp_path: Path, body: str) -> None:
    source = f"revalidate = 60\n{body}async def GET(): return Response(body())\n"
    what = "Making the answer at / took longer than 0.1 seconds."
    assert problems(tmp_path, {"byway_config.py": SHORT, "app/route.py": source}) == [("app/route.py", what, QUICKER)]


def test_what_an_answer_has_waited_for_in_vain_is_not_waited_for_again(tmp_path: Path) -> None:
    source = """
        from byway import use_cache
        revalidate = 60
        @use_cache
        async def load(): await asyncio.Event().wait()
        async def GET(): await load()
    """
    what = "Making the answer at / took longer than 0.1 seconds."
    assert problems(tmp_path, {"byway_config.py": SHORT, "app/route.py": source}) == [("app/route.py", what, QUICKER)]


def test_after_work_that_takes_too_long_fails_the_build(tmp_path: Path) -> None:
    source = """
        revalidate = 60
        async def GET():
            after(asyncio.Event().wait)
            return Response()
    """
    what = "What after() began, or what a cached function computes in the background, took longer than 0.1 seconds."
    assert problems(tmp_path, {"byway_config.py": SHORT, "src/app/route.py": source}) == [("src/app", what, QUICKER)]


def test_an_answer_that_is_too_large_to_be_kept_fails_the_build(tmp_path: Path) -> None:
    source = "revalidate = 60\nasync def GET(): return Response(bytes(50 * 2**20 + 1))\n"
    what = "Making the answer at / failed: ValueError: The answer is larger than 50 MB, so it cannot be kept."
    assert problems(tmp_path, {"app/route.py": source}) == [("app/route.py", what, MEND)]


def test_a_timeout_of_the_handlers_own_is_an_error_like_any_other(tmp_path: Path) -> None:
    source = "revalidate = 60\nasync def GET(): raise TimeoutError('database')\n"
    ((_, what, _),) = problems(tmp_path, {"app/route.py": source})
    assert what.startswith("Making the answer at / failed: TimeoutError: database (app/route.py:")


def test_a_handler_beyond_its_max_duration_fails_the_build(tmp_path: Path) -> None:
    source = "revalidate = 60\nmax_duration = 0.05\nasync def GET(): await asyncio.sleep(60)\n"
    ((_, what, _),) = problems(tmp_path, {"app/route.py": source})
    assert "took longer than max_duration = 0.05 seconds (app/route.py)" in what


def test_a_register_that_fails_is_told_with_its_place(tmp_path: Path) -> None:
    files = {
        "src/app/route.py": f"revalidate = 60\n{HELLO}",
        "src/instrumentation.py": "def register():\n    raise ValueError('no database')\n",
    }
    assert problems(tmp_path, files) == [
        (
            "src/instrumentation.py",
            "register() failed: ValueError: no database (src/instrumentation.py:2)",
            "Mend what raises; a build runs register(), as every worker does, before it makes answers.",
        )
    ]


FAILING = {
    "a handler": {"app/bad/route.py": "revalidate = 60\nasync def GET(): 1 / 0\n"},
    "a list": {"app/bad/[x]/route.py": f"def generate_static_params(): 1 / 0\n{HELLO}"},
    "register": {"instrumentation.py": "def register(): 1 / 0\n"},
    "a module": {"app/bad/route.py": "1 / 0\n"},
}


@pytest.mark.parametrize("failing", FAILING)
def test_a_build_that_fails_leaves_the_one_before_and_nothing_in_the_process(tmp_path: Path, failing: str) -> None:
    before = (list(sys.path), list(sys.meta_path), set(sys.modules))
    built = Built(tmp_path, {"app/route.py": f"revalidate = 60\n{HELLO}"})
    manifest, files = (built.folder / MANIFEST).read_bytes(), built.files
    problems(tmp_path, FAILING[failing])
    assert ((built.folder / MANIFEST).read_bytes(), built.files) == (manifest, files)
    assert (list(sys.path), list(sys.meta_path)) == before[:2]
    assert not [name for name in set(sys.modules) - before[2] if name.partition(".")[0] in ("app", "instrumentation")]


@pytest.mark.parametrize("place", ["prerendered", "manifest"])
def test_a_folder_that_cannot_be_written_is_a_problem_of_the_app(tmp_path: Path, place: str) -> None:
    in_the_way = tmp_path / OUTPUT_FOLDER / (PRERENDERED if place == "prerendered" else MANIFEST)
    if place == "prerendered":
        write_app(tmp_path, {f"{OUTPUT_FOLDER}/{PRERENDERED}": "in the way"})
    else:
        in_the_way.mkdir(parents=True)
    with pytest.raises(AppError) as caught:
        Built(tmp_path, {"app/route.py": f"revalidate = 60\n{HELLO}"})
    (problem,) = caught.value.problems
    assert problem.file == OUTPUT_FOLDER
    assert problem.what.startswith("The build cannot be written here: ")
    assert problem.cure == "Let the user that runs `byway build` write this folder."


# What runs around it


def test_register_runs_before_the_handlers_and_its_end_after_them_and_after_work(make: Make) -> None:
    seen: list[Any] = []
    sys.modules["seen_by_test"] = type(sys)("seen_by_test")
    vars(sys.modules["seen_by_test"])["lines"] = seen
    try:
        make(
            """
            import seen_by_test
            revalidate = 60
            async def GET():
                async def later():
                    await asyncio.sleep(0.01)
                    seen_by_test.lines.append("after")
                seen_by_test.lines.append("handler")
                after(later)
                return Response()
            """,
            instrumentation=(
                "import seen_by_test\nasync def register():\n    seen_by_test.lines.append('start')\n    yield\n"
                "    seen_by_test.lines.append('stop')\n"
            ),
        )
    finally:
        del sys.modules["seen_by_test"]
    assert seen == ["start", "handler", "after", "stop"]


def test_without_static_routes_nothing_is_run(make: Make) -> None:
    built = make(HELLO, instrumentation="def register(): raise ValueError('not run')\n")
    assert built.only.kind == "dynamic"


def test_the_answers_of_earlier_builds_are_removed(tmp_path: Path) -> None:
    first = Built(tmp_path, {"app/route.py": f"revalidate = 60\n{HELLO}"})
    (kept,) = first.files
    second = Built(tmp_path, {})
    assert not kept.exists()
    (kept,) = second.files
    assert kept.parent.name == second.manifest.build_id != first.manifest.build_id
    third = Built(tmp_path, {"app/route.py": HELLO})
    assert third.files == []


@pytest.mark.parametrize("file", ["app/made.txt", "public/feed.xml", "lib/made.py"])
def test_what_handlers_write_into_the_project_does_not_make_the_build_stale(make: Make, file: str) -> None:
    built = make(
        f"""
        from pathlib import Path
        revalidate = 60
        async def GET():
            path = Path(__file__).parents[1] / {file!r}
            path.parent.mkdir(exist_ok=True)
            path.write_text("")
            return Response()
        """
    )
    assert (built.root / file).is_file()
    assert read_manifest(built.root, built.folder) == built.manifest


def test_what_is_changed_while_a_build_runs_makes_it_stale(make: Make) -> None:
    built = make(
        """
        from pathlib import Path
        revalidate = 60
        async def GET():
            Path(__file__).write_text("# changed")
            return Response()
        """
    )
    with pytest.raises(AppError, match=r"app/route\.py was changed"):
        read_manifest(built.root, built.folder)


def test_a_build_for_tests_keeps_its_cache_to_itself(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/route.py": route(f"revalidate = 60\n{HELLO}")})
    app, manifest = build(tmp_path, tmp_path / "out", mode="test")
    app.close()
    assert manifest.routes[0].kind == "static"
    assert not (tmp_path / OUTPUT_FOLDER).exists()


def test_the_app_of_a_build_serves_what_it_has_made(tmp_path: Path) -> None:
    prepared: list[App] = []
    write_app(tmp_path, {"app/route.py": route(f"revalidate = 60\n{HELLO}")})

    app, manifest = asyncio.run(build_async(tmp_path, prepare=prepared.append))
    app.close()
    assert prepared == [app]
    assert app.build_id == manifest.build_id


def test_the_paths_of_a_dynamic_route_are_listed_by_the_build_alone(tmp_path: Path) -> None:
    source = """
        dynamic_params = False
        calls = 0
        def generate_static_params():
            global calls
            calls += 1
            return [{"x": "a"}]
        async def GET(request): return Response(f"{request.headers.get('x')} {calls}")
    """
    write_app(tmp_path, {"app/[x]/route.py": route(source)})
    with Client(tmp_path) as client:
        assert [client.get(path, headers={"x": "1"}).text for path in ("/a", "/a")] == ["1 1", "1 1"]
        assert client.get("/b").status_code == 404
