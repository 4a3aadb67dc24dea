"""Static pages and the build: which are made ahead, why the others are not, and what makes a build fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from byway import AppError
from byway.build import OUTPUT_FOLDER, build
from byway.build.manifest import PRERENDERED, Manifest, RouteEntry
from byway.build.route_table import route_table
from byway.runtime.route_cache import ANSWERS, StaticRoute

from ..support import write_app

IMPORTS = """\
import threading
from htpy import body, div, h1, html
from byway import Suspense, connection, cookies, draft_mode, fetch, headers, navigation
"""
ROOT = "def layout(children): return html[body[children]]"
PAGE = "def page(): return 'hello'\n"
PLAIN = "def layout(children): return children"
READING = "async def child():\n    return cookies().get('a')\n"
MEND = 'Mend what raises, or have it answered anew each time: dynamic = "force-dynamic".'
DYNAMIC = 'Remove that, or write dynamic = "auto" to have the route answered anew for each request.'

Make = Callable[[dict[str, str]], Manifest]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Builds an app below a plain root layout: file of ``app/`` without ``.py`` → text."""

    def make(files: dict[str, str]) -> Manifest:
        texts = {f"app/{name}.py": IMPORTS + dedent(text) for name, text in ({"layout": ROOT} | files).items()}
        app, manifest = build(write_app(tmp_path, texts))
        app.close()
        return manifest

    return make


def entry_of(manifest: Manifest, pattern: str) -> RouteEntry:
    """The entry of ``pattern``."""
    (entry,) = [one for one in manifest.routes if one.pattern == pattern]
    return entry


def line_of(text: str, what: str) -> int:
    """The line at which ``what`` begins in the file of ``text``."""
    return 1 + (IMPORTS + dedent(text)).partition(what)[0].count("\n")


def problems(make: Make, files: dict[str, str]) -> list[tuple[str, str, str]]:
    """The problems for which the build of ``files`` fails."""
    with pytest.raises(AppError) as caught:
        make(files)
    return [(one.file, one.what, one.cure) for one in caught.value.problems]


# --- What is made -----------------------------------------------------------------------------------------------------


def test_a_page_is_made_ahead_and_written(tmp_path: Path) -> None:
    files = {"app/layout.py": IMPORTS + ROOT, "app/page.py": f"{IMPORTS}metadata = {{'title': 'Home'}}\n{PAGE}"}
    app, manifest = build(write_app(tmp_path, files))
    app.close()
    assert manifest.routes == (RouteEntry("/", "app/page.py", ("GET", "HEAD"), kind="static", paths=("/",)),)
    folder = tmp_path / OUTPUT_FOLDER
    assert len(list(folder.glob(f"{PRERENDERED}/*/*"))) == 1
    (route,) = [one.endpoint for one in app.routes]
    assert isinstance(route, StaticRoute)
    entry = manifest.built(folder).entry(route.key("/"))
    assert entry is not None
    answer = ANSWERS.decode(entry.value)
    assert answer is not None
    assert answer.status == 200
    assert answer.body.startswith(b"<!doctype html><html><head>")
    assert b"<title>Home</title>" in answer.body
    assert answer.body.endswith(b"<body>hello</body></html>")
    assert (b"content-type", b"text/html; charset=utf-8") in answer.headers
    assert not [name for name, _ in answer.headers if name == b"cache-control"]


def test_the_route_table_tells_how_each_page_is_answered(make: Make) -> None:
    manifest = make(
        {
            "page": PAGE,
            "blog/[slug]/page": f"revalidate = 60\ndef generate_static_params(): return [{{'slug': 'a'}}]\n{PAGE}",
            "cart/page": "def page(): return cookies().get('a')",
            "items/[id]/page": PAGE,
            "news/page": f"revalidate = 900\n{PAGE}",
        }
    )
    assert route_table(manifest.routes).plain == dedent("""\
        Route (app)       Methods   Revalidate  Expire  File
        ┌ ○ /             GET HEAD                      app/page.py
        ├ ● /blog/[slug]  GET HEAD  1m          1y      app/blog/[slug]/page.py
        │   └ /blog/a
        ├ ƒ /cart         GET HEAD                      app/cart/page.py  uses cookies() at app/cart/page.py:4
        ├ ƒ /items/[id]   GET HEAD                      app/items/[id]/page.py  no generate_static_params, in a dynamic segment
        └ ○ /news         GET HEAD  15m         1y      app/news/page.py

        ○  (Static)  made ahead, by the build
        ●  (SSG)  made ahead for the paths that its file lists, others at their first visit
        ƒ  (Dynamic)  answered anew for each request""")  # noqa: E501


@pytest.mark.parametrize("name", ["not_found", "forbidden", "unauthorized", "redirect", "permanent_redirect"])
def test_a_page_that_interrupts_is_made_ahead(make: Make, name: str) -> None:
    target = "'/x'" if "redirect" in name else ""
    manifest = make({"page": f"revalidate = 60\ndef page(): navigation.{name}({target})"})
    assert (manifest.routes[0].kind, manifest.routes[0].revalidate) == ("static", 60)


# --- Why a page is not made -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text", "call"),
    [
        ("page", "def page(): return cookies().get('a')", "cookies()"),
        ("page", "async def page():\n    return (await headers()).get('a')", "headers()"),
        ("page", "async def page():\n    await connection()\n    return 'x'", "connection()"),
        ("page", "def page():\n    return str(draft_mode().enable())", "draft_mode().enable()"),
        ("page", f"{READING}def page(): return div[child]", "cookies()"),
        ("page", f"{READING}def page(): return div[Suspense(fallback='')[child()]]", "cookies()"),
        ("page", "def page():\n    try: cookies().get('a')\n    except Exception: pass\n    return 'x'", "cookies()"),
        ("page", f"def generate_metadata():\n    return {{'title': cookies().get('a')}}\n{PAGE}", "cookies()"),
        ("page", f"def generate_viewport():\n    return {{'color_scheme': cookies().get('a')}}\n{PAGE}", "cookies()"),
        ("layout", "def layout(children):\n    return [cookies().get('a'), children]", "cookies()"),
        ("layout", f"def generate_metadata():\n    return {{'title': cookies().get('a')}}\n{PLAIN}", "cookies()"),
        ("template", "def template(children): return [cookies().get('a'), children]", "cookies()"),
    ],
)
def test_a_page_that_reads_of_its_request_is_dynamic_and_the_table_tells_where(
    make: Make, file: str, text: str, call: str
) -> None:
    manifest = make({"x/page": PAGE, f"x/{file}": text})
    entry = entry_of(manifest, "/x")
    assert (entry.kind, entry.why) == ("dynamic", f"uses {call} at app/x/{file}.py:{line_of(text, call)}")


def test_an_uncached_fetch_makes_a_page_dynamic(make: Make) -> None:
    text = "async def page():\n    return await (await fetch('http://api.test/', cache='no-store')).text()"
    why = f"uses an uncached fetch of GET http://api.test/ at app/page.py:{line_of(text, 'fetch(')}"
    assert make({"page": text}).routes[0].why == why


def test_what_shows_an_interrupt_makes_its_page_dynamic_as_well(make: Make) -> None:
    text = "def not_found(): return cookies().get('a')"
    manifest = make({"page": "def page(): navigation.not_found()", "not_found": text})
    assert manifest.routes[0].why == f"uses cookies() at app/not_found.py:{line_of(text, 'cookies()')}"


@pytest.mark.parametrize("file", ["loading", "not_found", "error", "global_error"])
def test_what_is_not_shown_does_not_make_a_page_dynamic(make: Make, file: str) -> None:
    assert make({"page": PAGE, file: f"def {file}(): return cookies().get('a')"}).routes[0].kind == "static"


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        ("def page(search_params): return 'x'", "page()"),
        (f"def generate_metadata(search_params): return {{}}\n{PAGE}", "generate_metadata()"),
    ],
)
def test_a_page_that_declares_search_params_is_dynamic(make: Make, text: str, reader: str) -> None:
    assert make({"page": text}).routes[0].why == f"uses the prop search_params of {reader} in app/page.py"


@pytest.mark.parametrize(("read", "kind"), [("params", "static"), ("search_params", "dynamic")])
def test_a_page_that_takes_all_props_in_one_is_dynamic_when_it_reads_the_query(
    make: Make, read: str, kind: str
) -> None:
    entry = make({"page": f"async def page(props):\n    return str(await props.{read})"}).routes[0]
    why = "uses the prop search_params of page() in app/page.py at app/page.py:5"
    assert (entry.kind, entry.why) == (kind, None if kind == "static" else why)


def test_a_cached_function_with_a_short_life_makes_a_page_dynamic(make: Make) -> None:
    text = """
        from byway import cache_life, use_cache
        @use_cache
        async def now():
            cache_life("seconds")
            return "now"
        async def page(): return await now()
    """
    why = "uses a cached function with revalidate 0 or an expire of less than 5 minutes at app/page.py:"
    assert make({"page": text}).routes[0].why == f"{why}{line_of(text, 'await now')}"


def test_whether_draft_mode_is_on_may_be_asked_in_a_static_page(make: Make) -> None:
    assert make({"page": "def page(): return str(draft_mode().is_enabled)"}).routes[0].kind == "static"


@pytest.mark.parametrize(
    ("outer", "inner", "page", "why"),
    [
        ("dynamic = 'force-dynamic'", "", "", 'dynamic = "force-dynamic"'),
        ("dynamic = 'force-dynamic'", "dynamic = 'force-static'", "", 'dynamic = "force-dynamic"'),
        ("dynamic = 'force-dynamic'", "", "dynamic = 'force-static'", 'dynamic = "force-dynamic"'),
        ("", "revalidate = 0", "revalidate = 60", "revalidate = 0"),
        ("revalidate = 0", "", "revalidate = False", "revalidate = 0"),
        ("dynamic = 'error'", "dynamic = 'auto'", "revalidate = 0", "revalidate = 0"),
    ],
)
def test_a_layout_may_make_its_pages_dynamic(make: Make, outer: str, inner: str, page: str, why: str) -> None:
    manifest = make({"layout": f"{outer}\n{ROOT}", "x/layout": f"{inner}\n{PLAIN}", "x/page": f"{page}\n{PAGE}"})
    entry = entry_of(manifest, "/x")
    assert (entry.kind, entry.why) == ("dynamic", why)


@pytest.mark.parametrize(
    ("layout", "page"), [("dynamic = 'force-static'", ""), ("dynamic = 'error'", "dynamic = 'force-static'")]
)
def test_the_dynamic_of_the_file_nearest_to_the_page_counts(make: Make, layout: str, page: str) -> None:
    manifest = make({"layout": f"{layout}\n{ROOT}", "page": f"{page}\ndef page(): return cookies().get('a')"})
    assert manifest.routes[0].kind == "static"


@pytest.mark.parametrize(
    ("config", "kind", "why"),
    [
        ("", "dynamic", "no generate_static_params, in a dynamic segment"),
        ("revalidate = 60", "dynamic", "revalidate without generate_static_params, in a dynamic segment"),
        ("dynamic = 'force-static'", "ssg", None),
        ("dynamic = 'error'", "ssg", None),
        ("def generate_static_params(): return []", "ssg", None),
    ],
)
def test_a_dynamic_segment_is_made_ahead_when_its_files_say_so(
    make: Make, config: str, kind: str, why: str | None
) -> None:
    entry = make({"[id]/page": f"{config}\n{PAGE}"}).routes[0]
    assert (entry.kind, entry.why, entry.paths) == (kind, why, ())


# --- The paths that are listed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "listed", "paths"),
    [
        ("[id]", [{"id": "a"}, {"id": "b c/d"}, {"id": "ä"}], ("/a", "/b%20c%2Fd", "/%C3%A4")),
        ("[a]/x/[b]", [{"a": "1", "b": "2"}], ("/1/x/2",)),
        ("[...rest]", [{"rest": ["a", "b"]}, {"rest": ["c/d"]}], ("/a/b", "/c%2Fd")),
        ("x/[[...rest]]", [{}, {"rest": ["a"]}], ("/x", "/x/a")),
        ("(group)/[id]", [{"id": "a"}], ("/a",)),
    ],
)
def test_a_page_lists_its_paths(
    make: Make, folder: str, listed: list[dict[str, object]], paths: tuple[str, ...]
) -> None:
    entry = make({f"{folder}/page": f"async def generate_static_params(): return {listed!r}\n{PAGE}"}).routes[0]
    assert (entry.kind, entry.paths) == ("ssg", paths)


def test_the_lists_of_layouts_and_page_are_chained(make: Make) -> None:
    layout = f"def generate_static_params(): return [{{'a': '1'}}, {{'a': '2'}}]\n{PLAIN}"
    page = f"def generate_static_params(params): return [{{'b': params['a'] + end}} for end in 'xy']\n{PAGE}"
    entry = make({"[a]/layout": layout, "[a]/[b]/page": page}).routes[0]
    assert entry.paths == ("/1/1x", "/1/1y", "/2/2x", "/2/2y")


def test_a_layout_lists_the_whole_paths_of_its_own_page(make: Make) -> None:
    layout = f"def generate_static_params(): return [{{'a': '1'}}]\n{PLAIN}"
    manifest = make({"[a]/layout": layout, "[a]/page": PAGE, "[a]/x/page": PAGE, "[a]/[b]/page": PAGE})
    assert {one.pattern: (one.kind, one.paths) for one in manifest.routes} == {
        "/[a]": ("ssg", ("/1",)),
        "/[a]/x": ("ssg", ("/1/x",)),
        "/[a]/[b]": ("ssg", ()),
    }


@pytest.mark.parametrize(
    ("layout", "page"),
    [("", "def page(): return cookies().get('a')"), ("revalidate = 0", PAGE), ("dynamic = 'force-dynamic'", PAGE)],
)
def test_a_dynamic_page_may_be_there_for_listed_paths_alone(make: Make, layout: str, page: str) -> None:
    page = f"dynamic_params = False\ndef generate_static_params(): return [{{'id': 'a'}}]\n{page}"
    entry = make({"layout": f"{layout}\n{ROOT}", "[id]/page": page}).routes[0]
    assert (entry.kind, entry.paths) == ("dynamic", ("/a",))


def test_who_lists_paths_has_no_request(make: Make) -> None:
    text = f"def generate_static_params(): return [{{'id': cookies().get('a')}}]\n{PAGE}"
    (problem,) = problems(make, {"[id]/page": text})
    assert problem[0] == "app/[id]/page.py"
    assert problem[1].startswith("generate_static_params failed: RuntimeError: cookies() was called in generate_static")


def test_a_wrong_list_of_a_layout_is_told_of_the_page(make: Make) -> None:
    (problem,) = problems(
        make, {"[id]/layout": f"def generate_static_params(): return [{{}}]\n{PLAIN}", "[id]/page": PAGE}
    )
    what = "generate_static_params returned a list whose item 0 has no 'id'."
    assert problem[1:] == (what, 'Write a str, such as {"id": "a"}.')


# --- What makes a build fail ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("layout", "page"), [("", "dynamic = 'error'"), ("dynamic = 'error'", "")])
def test_a_static_only_page_that_reads_of_its_request_fails_the_build(make: Make, layout: str, page: str) -> None:
    text = f"{page}\ndef page(): return cookies().get('a')"
    found = problems(make, {"x/layout": f"{layout}\n{PLAIN}", "x/page": text})
    line = line_of(text, "cookies()")
    what = (
        'The answer at /x cannot be made. Route /x has dynamic = "error", but uses cookies() at '
        f"app/x/page.py:{line}, which needs a request."
    )
    assert found == [("app/x/page.py", what, DYNAMIC)]


def test_a_static_only_page_that_declares_search_params_fails_the_build(make: Make) -> None:
    ((file, what, cure),) = problems(make, {"page": "dynamic = 'error'\ndef page(search_params): return 'x'"})
    assert (file, cure) == ("app/page.py", DYNAMIC)
    assert what.endswith("but uses the prop search_params of page() in app/page.py, which needs a request.")


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"x/page": "def page(): return 1 / 0"}, "x/page"),
        ({"x/page": "async def child(): return 1 / 0\ndef page(): return div[child]"}, "x/page"),
        ({"x/page": "async def child(): return 1 / 0\ndef page(): return Suspense()[child()]"}, "x/page"),
        ({"x/page": f"def generate_metadata(): return 1 / 0\n{PAGE}"}, "x/page"),
        ({"x/page": PAGE, "x/layout": "def layout(children): return 1 / 0"}, "x/layout"),
        ({"x/page": PAGE, "x/template": "def template(children): return 1 / 0"}, "x/template"),
        (
            {"x/page": "def page(): navigation.not_found()", "x/not_found": "def not_found(): return 1 / 0"},
            "x/not_found",
        ),
    ],
)
def test_an_error_names_page_path_and_line_and_no_boundary_hides_it(
    make: Make, files: dict[str, str], place: str
) -> None:
    boundaries = {"error": "def error(): return 'caught'", "global_error": "def global_error(): return html[body['x']]"}
    line = line_of(files[place], "1 / 0")
    what = f"Making the answer at /x failed: ZeroDivisionError: division by zero (app/{place}.py:{line})"
    assert problems(make, boundaries | {"x/error": boundaries["error"]} | files) == [("app/x/page.py", what, MEND)]


def test_errors_of_several_paths_at_one_line_are_one_problem(make: Make) -> None:
    text = "def generate_static_params(): return [{'id': one} for one in 'abc']\ndef page(params): raise KeyError"
    ((file, what, _),) = problems(make, {"[id]/page": text})
    assert file == "app/[id]/page.py"
    assert what.startswith("Making the answers at /a and 2 more paths failed: KeyError")


def test_an_error_of_a_layout_is_one_problem_for_all_its_pages(make: Make) -> None:
    layout = "def layout(children): return 1 / 0"
    ((file, what, _),) = problems(make, {"layout": layout, "a/page": PAGE, "b/page": PAGE, "c/page": PAGE})
    assert file == "app/a/page.py"
    where = f"app/layout.py:{line_of(layout, '1 / 0')}"
    assert what == f"Making the answers at /a and 2 more paths failed: ZeroDivisionError: division by zero ({where})"
