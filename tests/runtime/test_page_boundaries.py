"""What is shown instead of a page that fails, and what wraps what: `error.py`, `not_found.py` and their like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from pathlib import Path
from textwrap import dedent

import pytest

from byway.dev.application import DevApplication
from byway.problems import AppError
from byway.testing import Client

from ..support import write_app

NO_STORE = "private, no-cache, no-store, max-age=0, must-revalidate"
NO_INDEX = '<meta name="robots" content="noindex">'
MASKED = "An error occurred while this page was rendered. The log of the server has the details."
IMPORTS = """\
import asyncio
from htpy import body, div, h1, html, p
from byway import Suspense, cookies, headers, navigation, redirect

"""
ROOT = "dynamic = 'force-dynamic'\ndef layout(children): return html[body[children]]\n"
# A page of which a part fails when its first bytes have gone out.
FAILS_LATE = """
async def late():
    await asyncio.sleep(0.5)
    raise LookupError("secret detail")
def page(): return ["page", Suspense(fallback="…")[late()]]
"""

Serve = Callable[..., Client]


def app_of(files: Mapping[str, str], app: str = "app") -> dict[str, str]:
    """The files of an app whose pages are all answered anew; file → text, without ``app/`` and ``.py``."""
    texts = {"layout": ROOT, **files}
    return {f"{app}/{name}.py": IMPORTS + dedent(text) for name, text in texts.items()}


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serves an app of these files below a plain root layout; ``others`` are not in its folder."""
    clients: list[Client] = []

    def start(files: Mapping[str, str], others: Mapping[str, str] | None = None, app: str = "app") -> Client:
        clients.append(Client(write_app(tmp_path, app_of(files, app) | dict(others or {}))))
        return clients[-1].__enter__()

    yield start
    for client in clients:
        client.__exit__(None, None, None)


def logged_id(caplog: pytest.LogCaptureFixture) -> str:
    """The id, as the log has it, of the one request that failed."""
    (request_id,) = set(re.findall(r" failed \(request (.+?)\)\.", caplog.text))
    return str(request_id)


def inside(text: str) -> str:
    """What stands in the body."""
    return text.partition("<body>")[2].rpartition("</body>")[0]


def answered(client: Client, path: str) -> tuple[int, str]:
    """The status of the page at ``path``, and what stands in its body."""
    answer = client.get(path)
    return answer.status_code, inside(answer.text)


def around(name: str, label: str) -> str:
    """A layout or template that shows its ``label`` around its children."""
    return f"def {name}(children): return ['{label}(', children, ')']\n"


def saying(name: str, text: str) -> str:
    """A component that shows ``text``."""
    return f"def {name}(): return '{text}'\n"


FAILS = {"error": "1 / 0", "not_found": "navigation.not_found()"}
# Two folders, each with everything that may stand around a page.
NESTED = {
    "layout": "dynamic = 'force-dynamic'\ndef layout(children): return html[body['L0(', children, ')']]\n",
    "template": around("template", "T0"),
    "error": saying("error", "E0"),
    "not_found": saying("not_found", "N0"),
    "a/layout": around("layout", "L1"),
    "a/template": around("template", "T1"),
    "a/error": saying("error", "E1"),
    "a/not_found": saying("not_found", "N1"),
    "a/page": "def page(): return 'page'\n",
    "a/b/layout": around("layout", "L2"),
    "a/b/template": around("template", "T2"),
    "a/b/error": saying("error", "E2"),
    "a/b/not_found": saying("not_found", "N2"),
    "a/b/page": "def page(): return 'page'\n",
}


class TestOrder:
    def test_layout_and_template_of_each_folder_wrap_the_next_folder(self, serve: Serve) -> None:
        client = serve(NESTED)
        assert answered(client, "/a/b") == (200, "L0(T0(L1(T1(L2(T2(page))))))")
        assert answered(client, "/a") == (200, "L0(T0(L1(T1(page))))")

    @pytest.mark.parametrize(
        ("file", "shown"),
        [
            ("a/b/page", "L0(T0(L1(T1(L2(T2({}2))))))"),
            ("a/b/template", "L0(T0(L1(T1({}1))))"),
            ("a/b/layout", "L0(T0(L1(T1({}1))))"),
            ("a/template", "L0(T0({}0))"),
            ("a/layout", "L0(T0({}0))"),
        ],
    )
    @pytest.mark.parametrize(("what", "status"), [("error", 500), ("not_found", 404)])
    def test_a_boundary_stands_for_what_is_inside_it_but_not_for_the_layout_and_template_beside_it(
        self, serve: Serve, file: str, shown: str, what: str, status: int
    ) -> None:
        name = file.rpartition("/")[2]
        failing = f"async def {name}(): {FAILS[what]}\n"
        assert answered(serve({**NESTED, file: failing}), "/a/b") == (status, shown.format(what[0].upper()))

    @pytest.mark.parametrize("file", ["layout", "template"])
    @pytest.mark.parametrize(("what", "status"), [("error", 500), ("not_found", 404)])
    def test_around_the_layout_and_template_of_the_app_there_is_byways_own_page(
        self, serve: Serve, file: str, what: str, status: int
    ) -> None:
        failing = f"dynamic = 'force-dynamic'\ndef {file}(): {FAILS[what]}\n"
        answer = serve({**NESTED, file: failing}).get("/a/b")
        assert answer.status_code == status
        assert f"<h1>{status}</h1>" in answer.text

    def test_what_a_folder_does_not_have_the_next_one_out_has(self, serve: Serve) -> None:
        files = {name: text for name, text in NESTED.items() if name not in ("a/b/error", "a/b/not_found", "a/error")}
        assert answered(serve({**files, "a/b/page": "def page(): 1 / 0"}), "/a/b") == (500, "L0(T0(E0))")
        assert answered(serve({**files, "a/b/page": f"def page(): {FAILS['not_found']}"}), "/a/b") == (
            404,
            "L0(T0(L1(T1(N1))))",
        )

    def test_a_route_group_has_boundaries_of_its_own(self, serve: Serve) -> None:
        failing = "def page(): 1 / 0"
        client = serve({"(g)/error": saying("error", "group"), "(g)/x/page": failing, "error": saying("error", "app")})
        assert answered(client, "/x") == (500, "group")

    def test_not_found_is_inside_error_and_loading_of_its_folder(self, serve: Serve) -> None:
        files = {**NESTED, "a/b/page": f"def page(): {FAILS['not_found']}"}
        client = serve({**files, "a/b/not_found": "def not_found(): 1 / 0"})
        assert answered(client, "/a/b") == (500, "L0(T0(L1(T1(L2(T2(E2))))))")

    def test_loading_is_inside_error_and_around_not_found_of_its_folder(self, serve: Serve) -> None:
        page = "async def page(): await asyncio.Event().wait()"
        fails = {**NESTED, "a/b/page": page, "a/b/loading": "def loading(): 1 / 0"}
        assert answered(serve(fails), "/a/b") == (500, "L0(T0(L1(T1(L2(T2(E2))))))")
        not_there = {**fails, "a/b/loading": f"def loading(): {FAILS['not_found']}"}
        assert answered(serve(not_there), "/a/b") == (404, "L0(T0(L1(T1(N1))))")

    @pytest.mark.parametrize("kind", ["def", "async def"])
    def test_each_file_may_be_def_or_async_def(self, serve: Serve, kind: str) -> None:
        client = serve(
            {
                "x/template": f"{kind} template(children): return ['T(', children, ')']",
                "x/error": f"{kind} error(error): return 'E'",
                "x/not_found": f"{kind} not_found(): return 'N'",
                "x/forbidden": f"{kind} forbidden(): return 'F'",
                "x/unauthorized": f"{kind} unauthorized(): return 'U'",
                "x/[what]/page": """
                def page(params):
                    match params["what"]:
                        case "fail": 1 / 0
                        case name: getattr(navigation, name)()
                """,
            }
        )
        assert answered(client, "/x/fail") == (500, "T(E)")
        assert answered(client, "/x/not_found") == (404, "T(N)")
        assert answered(client, "/x/forbidden") == (403, "T(F)")
        assert answered(client, "/x/unauthorized") == (401, "T(U)")

    @pytest.mark.parametrize("kind", ["def", "async def"])
    def test_loading_is_sent_until_there_is_the_page(self, serve: Serve, kind: str) -> None:
        page = """
        async def page():
            await asyncio.sleep(0.5)
            return "the page"
        """
        loading = f"{kind} loading(): return 'waiting'"
        text = serve({"x/layout": around("layout", "L"), "x/loading": loading, "x/page": page}).get("/x").text
        assert re.search(r"L\(<template id=\"byway-(\d+)\"></template>waiting<!--/byway-\1-->\)", text)
        assert re.search(r'<template id="byway-\d+-late">the page</template>', text)

    def test_a_layout_that_leaves_its_children_out_leaves_out_their_failures(
        self, serve: Serve, caplog: pytest.LogCaptureFixture
    ) -> None:
        client = serve({"x/layout": saying("layout", "closed"), "x/page": "async def page(): 1 / 0"})
        assert answered(client, "/x") == (200, "closed")
        assert caplog.messages == []


SHOW = "def error(error): return p[error.message, '|', error.digest]\n"


class TestErrors:
    def test_production_masks_the_message_and_its_digest_is_in_the_log(
        self, serve: Serve, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = serve({"error": SHOW, "x/page": "def page(): raise LookupError('secret detail')"}).get("/x")
        assert answer.status_code == 500
        assert "secret detail" not in answer.text
        message, _, digest = inside(answer.text).removeprefix("<p>").removesuffix("</p>").partition("|")
        assert message == MASKED
        assert digest
        assert caplog.messages == [f"GET /x failed (request {digest})."]
        assert "LookupError: secret detail" in caplog.text

    def test_each_request_has_a_digest_of_its_own(self, serve: Serve) -> None:
        client = serve({"error": SHOW, "x/page": "def page(): 1 / 0"})
        assert client.get("/x").text != client.get("/x").text

    def test_development_shows_the_message(self, tmp_path: Path) -> None:
        files = {"error": SHOW, "x/page": "def page(): raise LookupError('the <detail>')"}
        app = DevApplication(write_app(tmp_path, app_of(files)))
        with Client(app, base_url="http://localhost") as client:
            answer = client.get("/x")
        app.app.close()
        assert answer.status_code == 500
        assert "<p>the &lt;detail&gt;|" in answer.text

    def test_an_error_page_is_html_that_nobody_keeps_or_lists(self, serve: Serve) -> None:
        page = "metadata = {'title': 'T'}\ndef page(): 1 / 0"
        client = serve({"error": saying("error", "E"), "x/page": page})
        answer = client.get("/x")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == NO_STORE
        assert f"<title>T</title>{NO_INDEX}</head>" in answer.text
        head = client.head("/x")
        assert (head.status_code, head.content) == (500, b"")

    def test_an_error_in_error_py_goes_on_to_the_next_one_out(
        self, serve: Serve, caplog: pytest.LogCaptureFixture
    ) -> None:
        failing = {"a/b/page": "def page(): raise LookupError('first')"}
        client = serve({**NESTED, **failing, "a/b/error": "def error(error): raise ValueError('second')"})
        assert answered(client, "/a/b") == (500, "L0(T0(L1(T1(E1))))")
        assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["first", "second"]

    @pytest.mark.parametrize(
        ("call", "status", "shown"),
        [("navigation.not_found()", 404, "L0(T0(L1(T1(N1))))"), ("redirect('/to')", 307, "")],
    )
    def test_control_flow_in_error_py_acts_as_in_the_folder_above(
        self, serve: Serve, call: str, status: int, shown: str
    ) -> None:
        client = serve({**NESTED, "a/b/page": "def page(): 1 / 0", "a/b/error": f"def error(): {call}"})
        answer = client.get("/a/b", follow_redirects=False)
        assert (answer.status_code, inside(answer.text)) == (status, shown)

    @pytest.mark.parametrize(
        "failing",
        [
            "async def child(): 1 / 0\ndef page(): return div[child()]",
            "def child(): 1 / 0\ndef page(): return div[child]",
            "def page(): return {'a': 1}",
            "async def generate_metadata(): 1 / 0\ndef page(): return 'page'",
            "async def generate_viewport(): 1 / 0\ndef page(): return 'page'",
            "async def generate_metadata(): return {'titel': 'x'}\ndef page(): return 'page'",
            "def page(): raise ExceptionGroup('two', [ValueError(), LookupError()])",
            "async def page(): raise asyncio.CancelledError",
            "def page(): return Suspense(fallback='…')[1 / 0]",
        ],
    )
    def test_error_py_stands_for_whatever_fails_in_its_page(self, serve: Serve, failing: str) -> None:
        assert answered(serve({"error": saying("error", "E"), "x/page": failing}), "/x") == (500, "E")

    def test_a_group_of_errors_and_control_flow_is_an_error(self, serve: Serve) -> None:
        page = """
        async def fails(): raise ValueError
        async def leaves(): redirect("/to")
        async def page():
            async with asyncio.TaskGroup() as group:
                group.create_task(fails())
                group.create_task(leaves())
        """
        assert answered(serve({"error": saying("error", "E"), "x/page": page}), "/x") == (500, "E")

    def test_siblings_of_what_failed_are_not_shown_with_it(self, serve: Serve) -> None:
        page = "async def bad(): 1 / 0\nasync def good(): return 'good'\ndef page(): return [good(), bad(), good()]"
        assert answered(serve({"error": saying("error", "E"), "x/page": page}), "/x") == (500, "E")

    def test_a_page_without_error_py_is_byways_own_page(self, serve: Serve) -> None:
        assert "<h1>500</h1>" in serve({"x/error": saying("error", "E"), "page": "def page(): 1 / 0"}).get("/").text

    def test_a_failure_after_the_first_bytes_leaves_the_status_and_replaces_what_is_inside(
        self, serve: Serve, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = serve({"x/error": SHOW, "x/page": FAILS_LATE}).get("/x")
        assert answer.status_code == 200
        assert "secret detail" not in answer.text
        shown = re.escape(f"<p>{MASKED}|{logged_id(caplog)}</p>")
        assert re.search(rf'<template id="byway-\d+-late">{shown}</template>', answer.text)

    def test_what_is_made_ahead_is_not_made_of_a_failure(self, tmp_path: Path) -> None:
        files = {
            "layout": "def layout(children): return html[body[children]]",
            "error": saying("error", "E"),
            "global_error": saying("global_error", "G"),
            "x/page": "def page(): raise LookupError('why')",
        }
        with pytest.raises(AppError) as raised, Client(write_app(tmp_path, app_of(files))):
            pass
        (problem,) = raised.value.problems
        assert problem.file == "app/x/page.py"
        assert problem.what.startswith("Making the answer at /x failed: LookupError: why (app/x/page.py:")


INSTRUMENTATION = """
seen = []
def on_request_error(error, request, context):
    seen.append(f"{type(error).__name__} {request['path']} {context['route_path']} {context['request_id']}")
"""
SEEN = """
from byway.server import Response
from instrumentation import seen
def GET(): return Response.json(seen)
"""

LATE = """
async def late():
    await asyncio.sleep(0.5)
    1 / 0
def page(): return Suspense()[late()]
"""


class TestReports:
    @pytest.mark.parametrize(
        ("files", "status"),
        [
            ({"x/page": "def page(): 1 / 0"}, 500),
            ({"x/page": "def page(): 1 / 0", "error": saying("error", "E")}, 500),
            ({"x/page": "def page(): 1 / 0", "global_error": saying("global_error", "G")}, 500),
            ({"x/page": "async def generate_metadata(): 1 / 0\ndef page(): ...", "error": saying("error", "E")}, 500),
            ({"x/page": LATE}, 200),
            ({"x/page": LATE, "error": saying("error", "E")}, 200),
            ({"x/page": LATE, "global_error": saying("global_error", "G")}, 200),
            (
                {
                    "x/layout": "def layout(children): return [children, children]",
                    "x/page": "def page(): 1 / 0",
                    "x/error": saying("error", "E"),
                },
                500,
            ),
        ],
    )
    def test_on_request_error_is_told_once_of_each_failure(
        self, serve: Serve, caplog: pytest.LogCaptureFixture, files: dict[str, str], status: int
    ) -> None:
        client = serve({**files, "seen/route": SEEN}, {"instrumentation.py": INSTRUMENTATION})
        answer = client.get("/x?q=1")
        assert answer.status_code == status
        request_id = logged_id(caplog)
        assert caplog.messages == [f"GET /x failed (request {request_id})."]
        assert client.get("/seen").json() == [f"ZeroDivisionError /x?q=1 /x {request_id}"]

    @pytest.mark.parametrize("call", ["navigation.not_found()", "navigation.forbidden()", "redirect('/to')"])
    def test_control_flow_is_no_failure(self, serve: Serve, caplog: pytest.LogCaptureFixture, call: str) -> None:
        files = {"error": saying("error", "E"), "x/page": f"def page(): {call}", "seen/route": SEEN}
        client = serve(files, {"instrumentation.py": INSTRUMENTATION})
        client.get("/x", follow_redirects=False)
        assert client.get("/seen").json() == []
        assert caplog.messages == []


RAISERS = {
    "page": {"x/page": "def page(): {}"},
    "async page": {"x/page": "async def page(): {}"},
    "child": {"x/page": "async def child():\n    await asyncio.sleep(0)\n    {}\ndef page(): return div[child()]"},
    "function": {"x/page": "def child(): {}\ndef page(): return div[[child]]"},
    "suspense": {"x/page": "async def child(): {}\ndef page(): return Suspense(fallback='…')[child()]"},
    "layout": {"x/layout": "def layout(children): {}"},
    "template": {"x/template": "async def template(children): {}"},
    "metadata": {"x/page": "async def generate_metadata(): {}\ndef page(): return 'x'"},
    "viewport": {"x/page": "async def generate_viewport(): {}\ndef page(): return 'x'"},
    "layout's metadata": {"x/layout": "async def generate_metadata(): {}\ndef layout(children): return children"},
    "except Exception": {
        "x/page": "def page():\n    try: {}\n    except Exception: return 'caught'",
    },
    "group": {
        "x/page": """
async def child(): {}
async def page():
    async with asyncio.TaskGroup() as group:
        group.create_task(child())
        group.create_task(child())
"""
    },
}
STATUSES = {"not_found": 404, "forbidden": 403, "unauthorized": 401}


def raising(where: str, what: str) -> dict[str, str]:
    """An app whose page /x calls ``what`` somewhere, below an error.py that shows E."""
    files = {"x/page": "def page(): return 'x'", "error": saying("error", "E")}
    return files | {name: text.format(what) for name, text in RAISERS[where].items()}


class TestInterrupts:
    @pytest.mark.parametrize("where", RAISERS)
    @pytest.mark.parametrize("name", STATUSES)
    def test_the_nearest_file_of_its_name_stands_for_what_called_it(self, serve: Serve, where: str, name: str) -> None:
        files = raising(where, f"navigation.{name}()") | {other: saying(other, other) for other in STATUSES}
        answer = serve(files).get("/x")
        assert (answer.status_code, inside(answer.text)) == (STATUSES[name], name)
        assert NO_INDEX in answer.text.partition("</head>")[0]
        assert answer.headers["cache-control"] == NO_STORE

    @pytest.mark.parametrize("where", RAISERS)
    def test_a_redirect_passes_all_of_them(self, serve: Serve, where: str) -> None:
        files = raising(where, "redirect('/to')") | {other: saying(other, other) for other in STATUSES}
        answer = serve(files).get("/x", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"], answer.content) == (307, "/to", b"")

    @pytest.mark.parametrize("name", STATUSES)
    def test_without_a_file_of_its_name_it_is_byways_own_page_and_not_error_py(self, serve: Serve, name: str) -> None:
        others = {other: saying(other, other) for other in STATUSES if other != name}
        answer = serve(raising("page", f"navigation.{name}()") | others).get("/x")
        assert answer.status_code == STATUSES[name]
        assert f"<h1>{STATUSES[name]}</h1>" in answer.text
        assert answer.headers["cache-control"] == NO_STORE

    @pytest.mark.parametrize("name", STATUSES)
    def test_the_head_is_that_of_the_file_in_its_layouts(self, serve: Serve, name: str) -> None:
        layout = "metadata = {'title': {'template': '%s | A', 'default': 'A'}, 'description': 'D'}\n"
        client = serve(
            {
                "layout": layout + ROOT,
                f"(g)/{name}": f"metadata = {{'title': 'Gone'}}\n{saying(name, 'shown')}",
                "(g)/x/layout": f"metadata = {{'keywords': 'k'}}\n{around('layout', 'L')}",
                "(g)/x/page": f"metadata = {{'title': 'Page', 'creator': 'c'}}\ndef page(): navigation.{name}()",
            }
        )
        text = client.get("/x").text
        assert "<title>Gone | A</title>" in text
        assert '<meta name="description" content="D">' in text
        assert "keywords" not in text
        assert "creator" not in text

    def test_a_file_that_says_nothing_for_the_head_has_that_of_its_layouts(self, serve: Serve) -> None:
        files = {"layout": "metadata = {'title': 'A'}\n" + ROOT, "not_found": saying("not_found", "N")}
        page = "metadata = {'title': 'Page'}\ndef page(): navigation.not_found()"
        assert "<title>A</title>" in serve({**files, "x/page": page}).get("/x").text

    def test_its_head_may_be_generated(self, serve: Serve) -> None:
        head = "async def generate_metadata(params): return {'title': f\"No {params['id']}\"}\n"
        client = serve(
            {
                "[id]/not_found": head + saying("not_found", "N"),
                "[id]/page": "def page(): navigation.not_found()",
            }
        )
        answer = client.get("/x%20y")
        assert (answer.status_code, inside(answer.text)) == (404, "N")
        assert "<title>No x y</title>" in answer.text

    def test_the_head_of_an_error_is_not_that_of_a_not_found_that_failed(self, serve: Serve) -> None:
        client = serve(
            {
                "error": saying("error", "E"),
                "x/not_found": "metadata = {'title': 'Not found'}\ndef not_found(): 1 / 0",
                "x/page": "metadata = {'title': 'Page'}\ndef page(): navigation.not_found()",
            }
        )
        answer = client.get("/x")
        assert (answer.status_code, inside(answer.text)) == (500, "E")
        assert "Not found" not in answer.text

    def test_what_it_calls_in_turn_is_for_the_folder_above(self, serve: Serve) -> None:
        files = {**NESTED, "a/b/page": f"def page(): {FAILS['not_found']}"}
        again = serve({**files, "a/b/not_found": f"def not_found(): {FAILS['not_found']}"})
        assert answered(again, "/a/b") == (404, "L0(T0(L1(T1(N1))))")
        others = {"a/b/not_found": "def not_found(): navigation.forbidden()", "forbidden": saying("forbidden", "F0")}
        assert answered(serve({**files, **others}), "/a/b") == (403, "L0(T0(F0))")

    def test_a_post_is_answered_as_a_get_is(self, serve: Serve) -> None:
        client = serve({"x/page": "def page(): navigation.not_found()", "not_found": saying("not_found", "N")})
        answer = client.post("/x", data={"a": "b"})
        assert (answer.status_code, inside(answer.text)) == (404, "N")

    def test_after_the_first_bytes_the_status_stays_and_search_engines_are_told(self, serve: Serve) -> None:
        page = """
        async def late():
            await asyncio.sleep(0.5)
            navigation.not_found()
        def page(): return ["page", Suspense(fallback="…")[late()]]
        """
        answer = serve({"x/not_found": saying("not_found", "N"), "x/page": page}).get("/x")
        assert answer.status_code == 200
        assert NO_INDEX not in answer.text.partition("</head>")[0]
        assert re.search(rf'<template id="byway-\d+-late">{re.escape(NO_INDEX)}N</template>', answer.text)

    def test_what_a_page_that_is_made_ahead_calls_is_kept_with_its_status(self, serve: Serve) -> None:
        client = serve(
            {
                "layout": "def layout(children): return html[body[children]]",
                "x/page": "def page(): navigation.forbidden()",
                "forbidden": "metadata = {'title': 'No'}\n" + saying("forbidden", "F"),
            }
        )
        answer = client.get("/x")
        assert (answer.status_code, inside(answer.text)) == (403, "F")
        assert f"<title>No</title>{NO_INDEX}</head>" in answer.text
        assert answer.headers["x-byway-cache"] == "HIT"

    def test_a_handler_that_calls_it_answers_without_a_body(self, serve: Serve) -> None:
        client = serve({"not_found": saying("not_found", "N"), "api/route": "def GET(): navigation.not_found()"})
        answer = client.get("/api")
        assert (answer.status_code, answer.content) == (404, b"")


APPS = pytest.mark.parametrize("app", ["app", "src/app"])
JSON = {"accept": "application/json"}
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class TestUrlsWithoutRoute:
    @APPS
    @pytest.mark.parametrize("path", ["/nowhere", "/blog/nowhere/at/all", "/picture.png", "/x/y"])
    def test_the_apps_not_found_is_shown_in_the_root_layout(self, serve: Serve, app: str, path: str) -> None:
        files = {
            "layout": "metadata = {'title': 'A', 'description': 'D'}\n"
            "def layout(children): return html[body['L(', children, ')']]",
            "template": around("template", "T"),
            "not_found": "metadata = {'title': 'Nothing'}\n" + saying("not_found", "N"),
            "blog/layout": around("layout", "blog"),
            "blog/not_found": saying("not_found", "of the blog"),
            "blog/page": "def page(): return 'blog'",
            "x/route": "def GET(): ...",
        }
        answer = serve(files, app=app).get(path, headers=BROWSER)
        assert (answer.status_code, inside(answer.text)) == (404, "L(T(N))")
        assert f'<title>Nothing</title><meta name="description" content="D">{NO_INDEX}</head>' in answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == NO_STORE

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def test_whatever_the_method(self, serve: Serve, method: str) -> None:
        answer = serve({"not_found": saying("not_found", "N")}).request(method, "/nowhere")
        assert (answer.status_code, inside(answer.text)) == (404, "N")

    def test_head_is_get_without_the_body(self, serve: Serve) -> None:
        client = serve({"not_found": saying("not_found", "N")})
        get, head = client.get("/nowhere"), client.head("/nowhere")
        assert (head.status_code, head.content) == (404, b"")
        assert head.headers["content-length"] == str(len(get.content))

    @pytest.mark.parametrize("file", ["not_found", "global_not_found"])
    def test_a_client_that_prefers_json_gets_a_problem_document(self, serve: Serve, file: str) -> None:
        answer = serve({file: f"def {file}(): raise AssertionError"}).get("/nowhere", headers=JSON)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json() == {"type": "about:blank", "title": "Not Found", "status": 404}

    def test_without_one_it_is_byways_own_page(self, serve: Serve) -> None:
        client = serve({"blog/not_found": saying("not_found", "N"), "blog/page": "def page(): ..."})
        answer = client.get("/blog/nowhere")
        assert answer.status_code == 404
        assert "This page could not be found." in answer.text

    def test_paths_that_are_not_listed_are_such_urls(self, serve: Serve) -> None:
        page = """
        dynamic_params = False
        def generate_static_params(): return [{"id": "a"}]
        def page(params): return params["id"]
        """
        layout = "def layout(children): return html[body[children]]"
        client = serve({"layout": layout, "[id]/page": page, "not_found": saying("not_found", "N")})
        assert answered(client, "/a") == (200, "a")
        assert answered(client, "/b") == (404, "N")

    def test_it_reads_cookies_and_headers(self, serve: Serve) -> None:
        client = serve({"not_found": "def not_found(): return [headers()['x-a'], cookies().get('c').value]"})
        answer = client.get("/nowhere", headers={"x-a": "1", "cookie": "c=2"})
        assert (answer.status_code, inside(answer.text)) == (404, "12")

    def test_it_may_redirect(self, serve: Serve) -> None:
        answer = serve({"not_found": "def not_found(): redirect('/')"}).get("/nowhere", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (307, "/")

    def test_it_may_find_nothing_itself(self, serve: Serve) -> None:
        answer = serve({"not_found": "def not_found(): navigation.not_found()"}).get("/nowhere")
        assert answer.status_code == 404
        assert "This page could not be found." in answer.text

    def test_its_failure_is_that_of_a_page(self, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
        files = {"not_found": "def not_found(): 1 / 0"}
        assert "<h1>500</h1>" in serve(files).get("/nowhere").text
        assert answered(serve({**files, "error": saying("error", "E")}), "/nowhere") == (500, "E")
        assert [message.partition(" (")[0] for message in caplog.messages] == ["GET /_not_found failed"] * 2


GLOBAL_NOT_FOUND = """
metadata = {"title": "Nowhere"}
def global_not_found(): return html(id="global")[body["G"]]
"""


class TestGlobalNotFound:
    @APPS
    def test_it_is_a_document_of_its_own_for_urls_without_a_route(self, serve: Serve, app: str) -> None:
        files = {
            "layout": "dynamic = 'force-dynamic'\nmetadata = {'description': 'D'}\n"
            "def layout(children): return html[body['L(', children, ')']]",
            "not_found": saying("not_found", "N"),
            "global_not_found": GLOBAL_NOT_FOUND,
            "x/page": "def page(): navigation.not_found()",
        }
        client = serve(files, app=app)
        answer = client.get("/nowhere")
        assert (answer.status_code, inside(answer.text)) == (404, "G")
        assert answer.text.startswith('<!doctype html><html id="global"><head>')
        assert f"<title>Nowhere</title>{NO_INDEX}</head>" in answer.text
        assert "description" not in answer.text
        assert answer.headers["cache-control"] == NO_STORE
        assert answered(client, "/x") == (404, "L(N)")

    def test_it_needs_no_layout_and_no_page(self, tmp_path: Path) -> None:
        files = {"app/global_not_found.py": IMPORTS + GLOBAL_NOT_FOUND, "app/api/route.py": "def GET(): ...\n"}
        with Client(write_app(tmp_path, files)) as client:
            assert answered(client, "/nowhere") == (404, "G")

    def test_outside_production_it_must_render_html_and_body(
        self, serve: Serve, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert serve({"global_not_found": saying("global_not_found", "G")}).get("/nowhere").status_code == 500
        assert (
            "global_not_found() in app/global_not_found.py is a document of its own, but what it returned has no "
            "<html> and no <body>. Return both elements: html[body["
        ) in caplog.text


GLOBAL_ERROR = "def global_error(error): return html(id='global')[body[error.message, '|', error.digest]]\n"


class TestGlobalError:
    @APPS
    @pytest.mark.parametrize(
        "failing",
        [
            {"layout": "dynamic = 'force-dynamic'\ndef layout(children): raise LookupError('secret detail')"},
            {"template": "def template(children): raise LookupError('secret detail')"},
            {"x/page": "def page(): raise LookupError('secret detail')"},
            {"x/page": "async def generate_metadata(): raise LookupError('secret detail')\ndef page(): ..."},
            {"x/page": "def page(): 1 / 0", "error": "def error(): raise LookupError('secret detail')"},
            {"x/page": "def page(): raise BaseExceptionGroup('secret detail', [LookupError(), KeyboardInterrupt()])"},
            {"x/page": "async def page(): raise asyncio.CancelledError('secret detail')"},
        ],
    )
    def test_it_is_shown_when_nothing_else_stands_for_a_failure(
        self, serve: Serve, caplog: pytest.LogCaptureFixture, failing: dict[str, str], app: str
    ) -> None:
        files = {"x/page": "def page(): return 'page'", "global_error": GLOBAL_ERROR}
        answer = serve({**files, **failing}, app=app).get("/x")
        request_id = logged_id(caplog)
        assert answer.status_code == 500
        assert answer.text.startswith('<!doctype html><html id="global"><head>')
        assert NO_INDEX in answer.text.partition("</head>")[0]
        assert unescape(inside(answer.text)) == f"{MASKED}|{request_id}"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == NO_STORE
        assert caplog.messages[-1] == f"GET /x failed (request {request_id})."
        assert "secret detail" in caplog.text

    def test_an_error_py_wins(self, serve: Serve) -> None:
        files = {"error": saying("error", "E"), "global_error": GLOBAL_ERROR}
        assert answered(serve({**files, "x/page": "def page(): 1 / 0"}), "/x") == (500, "E")

    def test_control_flow_is_none_of_its_business(self, serve: Serve) -> None:
        page = "def page(): navigation.not_found()"
        answer = serve({"global_error": GLOBAL_ERROR, "x/page": page}).get("/x")
        assert answer.status_code == 404
        assert "This page could not be found." in answer.text

    def test_handlers_have_no_part_in_it(self, serve: Serve) -> None:
        answer = serve({"global_error": GLOBAL_ERROR, "api/route": "def GET(): 1 / 0"}).get("/api")
        assert answer.status_code == 500
        assert 'id="global"' not in answer.text

    @pytest.mark.parametrize("file", ["not_found", "global_not_found"])
    def test_it_stands_for_the_page_of_urls_without_a_route_as_well(self, serve: Serve, file: str) -> None:
        answer = serve({"global_error": GLOBAL_ERROR, file: f"def {file}(): 1 / 0"}).get("/nowhere")
        assert answer.status_code == 500
        assert 'id="global"' in answer.text

    def test_a_page_that_takes_too_long_is_still_a_504(self, serve: Serve) -> None:
        page = "max_duration = 0.05\npage = lambda: asyncio.sleep(5)"
        assert serve({"global_error": GLOBAL_ERROR, "x/page": page}).get("/x").status_code == 504

    def test_in_development_the_error_itself_is_shown(self, tmp_path: Path) -> None:
        files = {"global_error": GLOBAL_ERROR, "x/page": "def page(): raise LookupError('the detail')"}
        app = DevApplication(write_app(tmp_path, app_of(files)))
        with Client(app, base_url="http://localhost") as client:
            answer = client.get("/x")
        app.app.close()
        assert answer.status_code == 500
        assert "the detail" in answer.text
        assert "app/x/page.py" in answer.text
        assert 'id="global"' not in answer.text

    @pytest.mark.parametrize(
        ("fails", "told"),
        [("1 / 0", "division by zero"), ("navigation.not_found()", "interrupted"), ("redirect('/x')", "redirect to")],
    )
    def test_when_it_fails_too_byways_own_page_is_shown_and_both_are_logged(
        self, serve: Serve, caplog: pytest.LogCaptureFixture, fails: str, told: str
    ) -> None:
        page = "def page(): raise LookupError('first')"
        answer = serve({"global_error": f"def global_error(error): {fails}", "x/page": page}).get("/x")
        assert answer.status_code == 500
        assert "<h1>500</h1>" in answer.text
        assert logged_id(caplog) in answer.text
        first, second = [str(record.exc_info[1]) for record in caplog.records if record.exc_info]
        assert first == "first"
        assert told in second

    def test_after_the_first_bytes_it_takes_the_place_of_what_the_body_holds(
        self, serve: Serve, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = serve({"global_error": GLOBAL_ERROR, "x/page": FAILS_LATE}).get("/x")
        assert answer.status_code == 200
        assert '<template id="byway-instead">' in answer.text
        assert f"{MASKED}|{logged_id(caplog)}" in answer.text
        assert "secret detail" not in answer.text


class TestTemplates:
    def test_a_template_wraps_its_page_and_every_folder_below(self, serve: Serve) -> None:
        client = serve(
            {
                "a/template": around("template", "T"),
                "a/page": "def page(): return 'a'",
                "a/[id]/page": "def page(params): return params['id']",
                "a/(g)/b/layout": around("layout", "L"),
                "a/(g)/b/page": "def page(): return 'b'",
                "c/page": "def page(): return 'c'",
            }
        )
        assert inside(client.get("/a").text) == "T(a)"
        assert inside(client.get("/a/1").text) == "T(1)"
        assert inside(client.get("/a/b").text) == "T(L(b))"
        assert inside(client.get("/c").text) == "c"

    def test_a_template_may_leave_its_children_out(self, serve: Serve) -> None:
        client = serve({"x/template": saying("template", "closed"), "x/page": "def page(): return 'open'"})
        assert answered(client, "/x") == (200, "closed")

    def test_a_template_may_hold_what_takes_time(self, serve: Serve) -> None:
        template = """
        async def extra():
            await asyncio.sleep(0)
            return "extra"
        def template(children): return div[extra(), children]
        """
        client = serve({"x/template": template, "x/page": "def page(): return ' page'"})
        assert answered(client, "/x") == (200, "<div>extra page</div>")


@pytest.mark.parametrize("layout", ["app/(a)", "app/(a)/x"])
def test_the_root_layout_is_the_outermost_one_wherever_it_lies(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, layout: str
) -> None:
    files = {
        f"{layout}/layout.py": "dynamic = 'force-dynamic'\ndef layout(children): return children\n",
        "app/(a)/x/page.py": "def page(): return 'x'\n",
    }
    with Client(write_app(tmp_path, files)) as client:
        assert client.get("/x").status_code == 500
    assert f"layout() in {layout}/layout.py is the root layout, but what it returned has no <html>" in caplog.text


# --- What is not shown, and what goes wrong twice ---------------------------------------------------------------------


def test_what_fails_in_a_page_that_another_boundary_replaces_has_no_say_in_the_status(serve: Serve) -> None:
    client = serve(
        {
            "x/error": "async def error():\n    await asyncio.sleep(0.1)\n    return 'outer'",
            "x/a/layout": "def layout(children): raise ValueError('no')",
            "x/a/loading": "def loading(): return 'wait'",
            "x/a/not_found": "def not_found(): return 'missing'",
            "x/a/page": "async def page():\n    await asyncio.sleep(0.02)\n    navigation.not_found()",
        }
    )
    assert answered(client, "/x/a") == (500, "outer")


@pytest.mark.parametrize("loading", [{}, {"x/loading": "def loading(): return 'wait'"}], ids=["", "loading"])
def test_a_page_that_its_layout_does_not_show_has_no_say_in_the_status(serve: Serve, loading: dict[str, str]) -> None:
    client = serve(
        {
            "x/layout": "async def layout():\n    await asyncio.sleep(0.05)\n    return 'Log in'",
            "x/not_found": "metadata = {'title': 'Missing'}\ndef not_found(): return 'missing'",
            "x/page": "def page(): navigation.not_found()",
            **loading,
        }
    )
    answer = client.get("/x")
    assert (answer.status_code, inside(answer.text)) == (200, "Log in")
    assert "Missing" not in answer.text
    assert NO_INDEX not in answer.text


def test_a_failure_is_told_though_the_answer_is_a_redirect_in_the_end(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve(
        {
            "x/layout": "def layout(children): return [children, Suspense()[leave()]]\n"
            "async def leave():\n    await asyncio.sleep(0.05)\n    redirect('/')",
            "x/error": "def error(): return 'caught'",
            "x/page": "def page(): raise ValueError('the first')",
        }
    )
    crawler = {"user-agent": "Bingbot"}  # which waits for all of it
    assert client.get("/x", headers=crawler, follow_redirects=False).status_code == 307
    assert "the first" in caplog.text


def test_a_late_failure_is_told_though_its_error_file_fails_as_well(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve(
        {
            "x/error": "def error(): raise KeyError('the second')",
            "x/page": "async def late():\n    await asyncio.sleep(0.5)\n    raise ValueError('the first')\n"
            "def page(): return Suspense()[late()]",
        }
    )
    assert client.get("/x").status_code == 200
    assert "the first" in caplog.text
    assert "the second" in caplog.text


def test_a_redirect_does_not_wait_for_the_viewport(serve: Serve) -> None:
    page = """
        max_duration = 5
        async def generate_viewport(): await asyncio.Event().wait()
        def page(): redirect("/")
        """
    assert serve({"x/page": page}).get("/x", follow_redirects=False).status_code == 307
