from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from byway.dev.error_page import error_answer, problems_answer
from byway.dev.traces import MAX_CHAIN, MAX_FRAMES, MAX_LEAVES, MAX_MESSAGE, describe
from byway.problems import Problem

ROUTE = """\
import json


def load(text):
    "<script>alert(1)</script>"
    return json.loads(text)


def wide():
    name = "äöü€"; return name.missing


def long_call():
    return load(
        "{"
    )


def caught():
    try:
        load("{")
    except ValueError as error:
        raise RuntimeError("no <item>") from error


def context():
    try:
        load("{")
    except ValueError:
        raise KeyError("x")


def hidden():
    try:
        load("{")
    except ValueError:
        raise KeyError("x") from None


def down(n):
    return down(n + 1)


def ping(n):
    return pong(n)


def pong(n):
    return ping(n)


def secret():
    password = "hun" + "ter2"
    return password + 1
"""


class Page(HTMLParser):
    """A page's text, and its elements in order."""

    def __init__(self, document: bytes) -> None:
        super().__init__()
        self.raw = document.decode()
        self.text = ""
        self.tags: list[str] = []
        self.marked: list[str] = []
        self.feed(self.raw)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.tags[-1] == "mark":
            self.marked[-1] += data


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    return tmp_path


def load_module(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def route(root: Path) -> ModuleType:
    path = root / "app" / "route.py"
    path.write_text(ROUTE, encoding="utf-8")
    return load_module(path)


def error_of(call: Callable[[], object]) -> BaseException:
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("it did not raise")


def page(error: BaseException, root: Path, **options: Any) -> Page:
    given = {"request_line": "GET /items?q=<1>", "route": "app/items/[slug]/route.py", **options}
    body, content_type = error_answer(error, accept="text/html", root=root, **given)
    assert content_type == "text/html; charset=utf-8"
    return Page(body)


def problem(error: BaseException, root: Path) -> dict[str, Any]:
    body, content_type = error_answer(
        error, accept="application/json", request_line="GET /", route=None, root=root, request_id="7"
    )
    assert content_type == "application/problem+json"
    members: dict[str, Any] = json.loads(body)
    return members


def test_a_page_says_what_failed_and_where(root: Path, route: ModuleType) -> None:
    shown = page(error_of(route.caught), root, request_id="01J9")
    for piece in ("GET /items?q=<1>", "app/items/[slug]/route.py", "request 01J9", "RuntimeError", "no <item>"):
        assert piece in shown.text
    assert "app/route.py:23 in caught" in shown.text
    assert "<title>RuntimeError: no &lt;item&gt;</title>" in shown.raw
    assert str(root) not in shown.raw


def test_source_and_messages_are_escaped(root: Path, route: ModuleType) -> None:
    shown = page(error_of(lambda: route.load("{")), root)
    assert "<script>alert(1)</script>" in shown.text
    assert "<script>alert" not in shown.raw
    assert shown.tags.count("script") == 1


def test_an_api_client_gets_a_problem_document(root: Path, route: ModuleType) -> None:
    members = problem(error_of(route.caught), root)
    frames = members.pop("frames")
    causes = members.pop("causes")
    assert members == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "request_id": "7",
        "exception": "RuntimeError",
        "message": "no <item>",
        "notes": [],
    }
    assert frames[0] == {
        "file": "app/route.py",
        "line": 23,
        "function": "caught",
        "code": 'raise RuntimeError("no <item>") from error',
    }
    assert (causes[0]["relation"], causes[0]["exception"]) == ("caused by", "json.decoder.JSONDecodeError")


def test_the_exact_range_that_failed_is_marked(root: Path, route: ModuleType) -> None:
    assert "name.missing" in page(error_of(route.wide), root).marked


def test_a_range_of_several_lines_is_marked_without_indentation(root: Path, route: ModuleType) -> None:
    (failure,) = describe(error_of(route.long_call), root)
    frame = next(frame for frame in failure.frames if frame.function == "long_call")
    assert [line.text[slice(*line.mark)] for line in frame.source if line.mark] == ["load(", '"{"', ")"]


def test_five_lines_are_shown_before_and_after_the_failing_one(root: Path, route: ModuleType) -> None:
    (failure,) = describe(error_of(route.wide), root)
    assert [line.number for line in failure.frames[0].source] == list(range(5, 16))


def test_frames_are_newest_first_and_library_frames_are_folded(root: Path, route: ModuleType) -> None:
    shown = page(error_of(lambda: route.load("{")), root)
    newest, own = shown.raw.index("json/decoder.py"), shown.raw.index("<b>app/route.py:6</b>")
    assert newest < own
    assert "<summary>3 library frames</summary>" in shown.raw
    assert shown.tags.count("details") == 2  # json's above, this test's below


@pytest.mark.parametrize("folder", [".venv/lib/python3.11/site-packages", "vendor/site-packages", ".venv"])
def test_code_installed_inside_the_project_is_not_the_apps(root: Path, folder: str) -> None:
    path = root / folder / "lib_.py"
    path.parent.mkdir(parents=True)
    path.write_text("def fail():\n    raise ValueError\n", encoding="utf-8")
    (failure,) = describe(error_of(load_module(path).fail), root)
    assert not failure.frames[0].is_app
    assert failure.frames[0].file.endswith("lib_.py")


def test_where_no_frame_is_the_apps_the_newest_is_open(root: Path) -> None:
    shown = page(error_of(lambda: json.loads("{")), root)
    assert shown.raw.index('<section class="frame">') < shown.raw.index("<details>")


def test_causes_and_contexts_are_told_apart(root: Path, route: ModuleType) -> None:
    assert "Caused by" in page(error_of(route.caught), root).text
    assert "During handling of" in page(error_of(route.context), root).text
    assert len(describe(error_of(route.hidden), root)) == 1


def test_a_chain_in_a_circle_ends(root: Path) -> None:
    one, two = ValueError("1"), ValueError("2")
    one.__cause__, two.__cause__ = two, one
    assert [failure.message for failure in describe(one, root)] == ["1", "2"]


def test_notes_are_shown(root: Path, route: ModuleType) -> None:
    error = error_of(route.caught)
    error.add_note("Is the <cache> warm?")
    assert "Is the <cache> warm?" in page(error, root).text
    assert problem(error, root)["notes"] == ["Is the <cache> warm?"]


def test_the_leaves_of_a_group_are_shown(root: Path, route: ModuleType) -> None:
    inner = BaseExceptionGroup("inner", [error_of(route.caught)])
    group = BaseExceptionGroup("both", [error_of(route.wide), inner])
    shown = page(group, root)
    assert "'str' object has no attribute 'missing'" in shown.text
    assert "no <item>" in shown.text
    assert [leaf["exception"] for leaf in problem(group, root)["exceptions"]] == ["AttributeError", "RuntimeError"]


def test_a_syntax_error_shows_its_file_line_and_range(root: Path) -> None:
    path = root / "app" / "bad.py"
    path.write_text("x = 1\ndef GET(request):\n    retrun 1\n", encoding="utf-8")
    error = error_of(lambda: load_module(path))
    shown = page(error, root)
    assert "app/bad.py:3" in shown.text
    assert shown.marked[0] == "1"
    assert problem(error, root)["message"] == "invalid syntax"


def test_how_python_came_to_a_syntax_error_is_left_out_unless_the_apps_files_led_there(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(root / "app")
    bad, above = root / "app" / "bad.py", root / "app" / "above.py"
    bad.write_text("def GET(:\n", encoding="utf-8")
    shown = page(error := error_of(lambda: importlib.import_module("bad")), root)
    assert shown.tags.count("section") == 1
    assert "details" not in shown.tags
    assert [frame["file"] for frame in problem(error, root)["frames"]] == ["app/bad.py"]

    above.write_text("import bad\n", encoding="utf-8")
    shown = page(error_of(lambda: importlib.import_module("above")), root)
    assert shown.text.index("app/bad.py:1") < shown.text.index("app/above.py:1 in <module>")
    assert "details" in shown.tags


def test_a_syntax_error_of_a_text_shows_the_text(root: Path) -> None:
    shown = page(error_of(lambda: compile("a b", "<template>", "exec")), root)
    assert "<template>:1" in shown.text
    assert shown.marked[0] in "a b"


def test_the_message_is_pythons_own(root: Path) -> None:
    module: Any = json
    (failure,) = describe(error_of(lambda: module.lods), root)
    assert failure.message.startswith("module 'json' has no attribute 'lods'")


def test_an_exception_without_a_message_or_with_a_broken_one_is_shown(root: Path) -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert describe(ValueError(), root)[0].message == ""
    assert describe(Broken(), root)[0].message == "<exception str() failed>"


def test_local_variables_are_not_shown(root: Path, route: ModuleType) -> None:
    error = error_of(route.secret)
    assert "hunter2" not in page(error, root).raw
    assert "hunter2" not in json.dumps(problem(error, root))


def test_endless_recursion_is_one_frame(root: Path, route: ModuleType) -> None:
    shown = page(error_of(lambda: route.down(0)), root)
    assert re.search(r"app/route\.py:\d+ in down \(\d{3,} times\)", shown.text)
    assert len(shown.raw) < 50_000


def test_mutual_recursion_is_cut_in_the_middle(root: Path, route: ModuleType) -> None:
    (failure,) = describe(error_of(lambda: route.ping(0)), root)
    assert len(failure.frames) == MAX_FRAMES
    assert sum(frame.omitted for frame in failure.frames) > 500
    assert failure.frames[-1].function == "error_of"
    assert "frames left out" in page(error_of(lambda: route.ping(0)), root).text


def test_long_messages_long_chains_and_large_groups_are_bounded(root: Path) -> None:
    (failure,) = describe(ValueError("x" * (MAX_MESSAGE + 1234)), root)
    assert failure.message == "x" * MAX_MESSAGE + " … (1,234 more characters)"

    error: Exception = ValueError("0")
    for number in range(50):
        newer = ValueError(str(number))
        newer.__cause__ = error
        error = newer
    assert len(describe(error, root)) == MAX_CHAIN

    (group,) = describe(ExceptionGroup("many", [ValueError(str(n)) for n in range(25)]), root)
    assert (len(group.leaves), group.more_leaves) == (MAX_LEAVES, 15)
    assert "15 more exceptions" in page(ExceptionGroup("many", [ValueError("1")] * 25), root).text


def test_overlong_source_lines_are_cut(root: Path) -> None:
    path = root / "app" / "minified.py"
    path.write_text(f"x = '{'a' * 100_000}'; y\n", encoding="utf-8")
    (failure,) = describe(error_of(lambda: load_module(path)), root)
    assert len(failure.frames[0].source[0].text) < 500
    assert len(page(error_of(lambda: load_module(path)), root).raw) < 50_000


def test_a_source_that_is_gone_leaves_the_frame(root: Path, route: ModuleType) -> None:
    error = error_of(route.wide)
    (root / "app" / "route.py").unlink()
    (failure,) = describe(error, root)
    assert (failure.frames[0].function, failure.frames[0].source) == ("wide", ())
    assert "app/route.py:10 in wide" in page(error, root).text


def test_the_page_reloads_when_the_servers_events_say_so(root: Path) -> None:
    shown = page(ValueError("x"), root, events_url="/_byway/dev/events")
    assert 'new EventSource("/_byway/dev/events")' in shown.raw
    assert 'addEventListener("reload"' in shown.raw
    assert "EventSource" not in page(ValueError("x"), root).raw


def test_a_url_cannot_end_the_script(root: Path) -> None:
    shown = page(ValueError("x"), root, events_url='/a"</script><b>%s')
    assert shown.tags.count("script") == 1
    assert "b" not in shown.tags


def test_the_copy_holds_the_whole_trace_as_text(root: Path, route: ModuleType) -> None:
    shown = page(error_of(route.caught), root)
    copied = shown.text[shown.text.rindex("GET /items") :]
    assert copied.startswith(
        "GET /items?q=<1>\n\nRuntimeError: no <item>\n"
        '  app/route.py:23 in caught\n    raise RuntimeError("no <item>") from error\n'
    )
    assert "\nCaused by:\n\njson.decoder.JSONDecodeError: Expecting" in copied


def test_problems_are_shown_with_their_cures(root: Path) -> None:
    problems = [
        Problem("app/a/route.py:3", "<GET> is a str.", "Make it a function."),
        Problem("app/b", "What.", "Cure."),
    ]
    body, content_type = problems_answer(problems, accept=None, root=root, events_url="/e")
    shown = Page(body)
    assert content_type == "text/html; charset=utf-8"
    assert "<title>This app has 2 problems</title>" in shown.raw
    for piece in ("app/a/route.py:3", "<GET> is a str.", "Make it a function.", "app/b"):
        assert piece in shown.text
    assert "EventSource" in shown.raw


def test_one_problem_is_said_so_and_the_exception_behind_it_is_shown_below(root: Path) -> None:
    path = root / "app" / "bad.py"
    path.write_text("import nothing_like_it\n", encoding="utf-8")
    error = error_of(lambda: load_module(path))
    body, _ = problems_answer([Problem("app/bad.py", "What.", "Cure.")], accept=None, root=root, error=error)
    shown = Page(body)
    assert "<title>This app has a problem</title>" in shown.raw
    assert "No module named 'nothing_like_it'" in shown.text
    assert "app/bad.py:1 in <module>" in shown.text


def test_an_api_client_gets_problems_as_members(root: Path) -> None:
    body, content_type = problems_answer(
        [Problem("app/bad.py", "What.", "Cure.")], accept="application/json", root=root, error=ValueError("x")
    )
    assert content_type == "application/problem+json"
    members = json.loads(body)
    assert members["detail"] == "This app has a problem."
    assert members["problems"] == [{"file": "app/bad.py", "what": "What.", "cure": "Cure."}]
    assert members["error"]["exception"] == "ValueError"
