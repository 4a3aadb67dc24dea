"""Loading an app: every mistake is found at once, in its own words, and nothing stays behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from byway.problems import AppError, Problem
from byway.runtime.loading import load_app

from ..support import problems_of, route, write_app

GOOD = route("def GET(): return Response('x')")
MEND = "Mend what raises at that line; a file is imported once, before the first request."


def test_a_good_app_has_its_routes_in_order_of_precedence(tmp_path: Path) -> None:
    write_app(tmp_path, {f"app/{name}/route.py": GOOD for name in ("[id]", "new", "(group)/about", "[...rest]")})
    app = load_app(tmp_path, "production")
    try:
        assert [one.route.pattern for one in app.routes] == ["/about", "/new", "/[id]", "/[...rest]"]
        assert app.root == app.source_dir == tmp_path
    finally:
        app.close()


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "x = 1\ndef GET(:\n"})
    assert problems_of(tmp_path) == [
        (
            "app/a/route.py:2",
            "This file does not import: SyntaxError: invalid syntax",
            "Mend the syntax at that line.",
        )
    ]


def test_a_syntax_error_in_an_imported_file_names_that_file(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "import lib\n", "lib.py": "\n\nx = (\n"})
    ((file, what, _),) = problems_of(tmp_path)
    assert file == "lib.py:3"
    assert what == "app/a/route.py imports this file, which does not import: SyntaxError: '(' was never closed"


def test_a_module_that_is_not_there_is_named_with_the_cure(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "\nimport no_such_module\n"})
    assert problems_of(tmp_path) == [
        (
            "app/a/route.py:2",
            "This file does not import: ModuleNotFoundError: No module named 'no_such_module'",
            "Check the spelling of 'no_such_module', or install the package that has it into this environment.",
        )
    ]


def test_a_module_missing_in_an_imported_file_names_that_file(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "from lib.db import x\n", "lib/db.py": "import os\nimport no_such_module\n"})
    assert problems_of(tmp_path) == [
        (
            "lib/db.py:2",
            "app/a/route.py imports this file, which does not import: "
            "ModuleNotFoundError: No module named 'no_such_module'",
            "Check the spelling of 'no_such_module', or install the package that has it into this environment.",
        )
    ]


def test_an_exception_names_the_line_of_the_project_not_that_of_a_package(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "import json\n\njson.loads('{')\n"})
    ((file, what, cure),) = problems_of(tmp_path)
    assert file == "app/a/route.py:3"
    assert what.startswith("This file does not import: json.decoder.JSONDecodeError: Expecting property name")
    assert cure == MEND


def test_a_name_that_is_not_in_a_module_is_told(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "from .lib import nothing\n", "app/a/lib.py": "x = 1\n"})
    ((file, what, _),) = problems_of(tmp_path)
    assert file == "app/a/route.py:1"
    assert what.startswith("This file does not import: ImportError: cannot import name 'nothing' from 'app.a.lib'")


@pytest.mark.parametrize("text", ["import sys\nsys.exit(3)\n", "import sys\nraise SystemExit(3)\n"])
def test_a_module_that_exits_does_not_take_the_process_with_it(tmp_path: Path, text: str) -> None:
    write_app(tmp_path, {"app/a/route.py": text})
    assert problems_of(tmp_path) == [
        (
            "app/a/route.py:2",
            "This file does not import: SystemExit: 3",
            "A module must not exit the process while it is imported.",
        )
    ]


def test_an_exception_of_several_lines_is_a_problem(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "raise ValueError('first line\\nsecond line')\n"})
    ((_, what, _),) = problems_of(tmp_path)
    assert what == "This file does not import: ValueError: first line\nsecond line"


def test_an_exception_without_words_is_a_problem(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "assert False\n"})
    assert problems_of(tmp_path)[0][:2] == ("app/a/route.py:1", "This file does not import: AssertionError")


def test_control_flow_at_the_top_of_a_module_is_a_problem(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "from byway import not_found\nnot_found()\n"})
    ((file, what, _),) = problems_of(tmp_path)
    assert file == "app/a/route.py:2"
    assert "does not import" in what


def test_a_request_function_at_the_top_of_a_module_says_where_it_belongs(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "from byway import cookies\ncookies()\n"})
    ((file, what, _),) = problems_of(tmp_path)
    assert file == "app/a/route.py:2"
    assert what == (
        "This file does not import: RuntimeError: `cookies()` was called outside a request. Call it in a route "
        "handler, or in a function that a handler calls, not at the top of a module."
    )


def test_an_app_without_an_app_folder_is_told_what_to_make(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == [
        ("app", 'The project has no "app" folder.', 'Create the folder, with a first route in "app/route.py".')
    ]


def test_a_config_without_config_is_a_problem(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/route.py": GOOD, "byway_config.py": "x = 1\n"})
    assert problems_of(tmp_path) == [
        ("byway_config.py", "This file does not define config.", "Write `config = Config(…)` at its top level.")
    ]


def test_a_config_of_another_type_is_a_problem(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/route.py": GOOD, "byway_config.py": "config = {'threads': 4}\n"})
    assert problems_of(tmp_path) == [
        ("byway_config.py", "This file defines config as dict.", "Write `config = Config(…)` at its top level.")
    ]


def test_a_wrong_setting_is_a_problem_at_its_line(tmp_path: Path) -> None:
    config = "from byway import Config\n\nconfig = Config(thread=4)\n"
    write_app(tmp_path, {"app/route.py": GOOD, "byway_config.py": config})
    assert problems_of(tmp_path) == [
        (
            "byway_config.py:3",
            "This file does not import: TypeError: Config has no setting 'thread'. Did you mean 'threads'?",
            MEND,
        )
    ]


def test_a_config_is_read(tmp_path: Path) -> None:
    config = "from byway import Config\n\nconfig = Config(threads=4, max_body_size='1kb', shutdown_timeout=2)\n"
    write_app(tmp_path, {"app/route.py": GOOD, "byway_config.py": config})
    app = load_app(tmp_path, "production")
    app.close()
    assert (app.config.threads, app.limits.max_body_size) == (4, 1024)


def test_all_problems_are_told_at_once_in_the_order_of_their_files(tmp_path: Path) -> None:
    write_app(
        tmp_path,
        {
            "byway_config.py": "config = 1\n",
            "instrumentation.py": "register = 1\n",
            "app/a/route.py": "import no_such_module\n",
            "app/b/route.py": "def get(): ...\n",
            "app/c/page.py": "",
            "app/d/[...x]/y/route.py": GOOD,
            "app/e/route.py": GOOD,
            "public/e": "",
        },
    )
    with pytest.raises(AppError) as caught:
        load_app(tmp_path, "production")
    files = [problem.file for problem in caught.value.problems]
    assert {file.partition(":")[0] for file in files} >= {
        "byway_config.py",
        "instrumentation.py",
        "app/a/route.py",
        "app/b/route.py",
        "app/c/page.py",
        "app/d/[...x]/y/route.py",
    }
    assert any("public" in str(problem) for problem in caught.value.problems)
    assert files == sorted(files)
    assert [type(cause) for cause in caught.value.causes] == [ModuleNotFoundError]
    assert str(caught.value).startswith(f"This app has {len(files)} problems:\n\n")


def test_one_problem_is_told_in_three_lines() -> None:
    error = AppError([Problem("app/route.py:1", "It is wrong.", "Mend it.")])
    assert str(error) == "This app has a problem:\n\napp/route.py:1\n  It is wrong.\n  → Mend it."


def test_a_refused_app_leaves_nothing_behind(tmp_path: Path) -> None:
    write_app(
        tmp_path,
        {
            ".env": "BYWAY_TEST_REFUSED=1\n",
            "app/a/route.py": "import refused_lib\nimport no_such_module\n",
            "refused_lib.py": "",
        },
    )
    path, hooks, modules = list(sys.path), list(sys.meta_path), set(sys.modules)
    assert len(problems_of(tmp_path)) == 1
    assert (sys.path, sys.meta_path) == (path, hooks)
    assert "refused_lib" not in sys.modules
    assert not {name for name in set(sys.modules) - modules if name.partition(".")[0] == "app"}
    assert "BYWAY_TEST_REFUSED" not in os.environ


def test_env_files_are_there_while_the_modules_are_imported_and_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BYWAY_TEST_OWN", "process")
    monkeypatch.delenv("BYWAY_TEST_FILE", raising=False)
    write_app(
        tmp_path,
        {
            ".env": "BYWAY_TEST_FILE=file\nBYWAY_TEST_OWN=file\n",
            "app/route.py": GOOD + "import os\nVALUES = os.environ['BYWAY_TEST_FILE'], os.environ['BYWAY_TEST_OWN']\n",
        },
    )
    app = load_app(tmp_path, "production")
    try:
        assert sys.modules["app.route"].VALUES == ("file", "process")  # type: ignore[attr-defined]
    finally:
        app.close()
    assert os.environ["BYWAY_TEST_OWN"] == "process"
    assert "BYWAY_TEST_FILE" not in os.environ


def test_a_mistake_in_an_env_file_is_told_without_its_value(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/route.py": GOOD, ".env": "GOOD=1\nhunter2\n"})
    ((file, what, _),) = problems_of(tmp_path)
    assert (file, what) == (".env:2", "This line does not define a variable.")


def test_a_folder_of_routes_without_any_is_an_app(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/notes.txt": ""})
    app = load_app(tmp_path, "production")
    app.close()
    assert app.routes == ()


def test_an_app_in_src_has_its_warnings(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/route.py": GOOD, "src/app/route.py": "raise ValueError\n"})
    app = load_app(tmp_path, "production")
    app.close()
    assert app.warnings == ('"src/app" is ignored because "app" exists at the root of the project. Keep one of them.',)


def test_control_flow_at_the_top_of_a_module_has_its_cure(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "from byway import redirect\nredirect('/x')\n"})
    ((_, what, cure),) = problems_of(tmp_path)
    assert what.startswith("This file does not import: byway.")
    assert cure == "Call it in a handler or a component: while a file is imported there is no request to answer."


def test_the_notes_of_an_exception_are_told(tmp_path: Path) -> None:
    text = "error = ValueError('what')\nerror.add_note('a note')\nraise error\n"
    write_app(tmp_path, {"app/a/route.py": text})
    assert problems_of(tmp_path)[0][1] == "This file does not import: ValueError: what\na note"


def test_the_notes_of_a_syntax_error_come_after_its_words(tmp_path: Path) -> None:
    write_app(
        tmp_path,
        {
            "app/a/route.py": """
                try:
                    compile("(", "x.txt", "exec")
                except SyntaxError as error:
                    error.add_note("a note")
                    raise
            """
        },
    )
    assert problems_of(tmp_path)[0][1].endswith("does not import: SyntaxError: '(' was never closed\na note")


def test_a_very_long_exception_is_cut(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": "raise ValueError('\\n'.join(map(str, range(100))))\n"})
    lines = problems_of(tmp_path)[0][1].splitlines()
    assert (lines[0], lines[1], lines[-1], len(lines)) == ("This file does not import: ValueError: 0", "1", "…", 12)


@pytest.mark.skipif(sys.platform == "darwin", reason="the file system takes only UTF-8")
def test_names_that_are_not_utf_8_are_problems(tmp_path: Path) -> None:
    for folder, file in ((b"app/\xff", b"route.py"), (b"app/ok", b"\xfe.txt"), (b"public/a\xff", b"x.txt")):
        place = os.fsencode(tmp_path) + b"/" + folder
        os.makedirs(place)
        with open(place + b"/" + file, "wb"):
            pass
    write_app(tmp_path, {"app/ok/route.py": GOOD})
    what = "The path of this file is not UTF-8, so no URL can name it."
    cure = "Rename the file, or the folder that it lies in."
    files = ["app/\\xff/route.py", "app/ok/\\xfe.txt", "public/a\\xff/x.txt"]
    assert problems_of(tmp_path) == [(file, what, cure) for file in files]
