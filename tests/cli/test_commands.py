"""What the commands print, and with which exit codes they end."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from byway.version import VERSION

from ..e2e.servers import Completed, byway, running

GOLDEN = Path(__file__).parent / "golden"

ROUTE = """\
from byway.server import Response


async def GET() -> Response:
    return Response("hello")
"""


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="utf-8")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app with routes of every kind."""
    for folder in ("", "api/hello", "blog/[...slug]", "docs/[[...path]]", "(shop)/items/[id]", "items/new"):
        path = tmp_path / "app" / folder / "route.py"
        path.parent.mkdir(parents=True)
        path.write_text(ROUTE)
    (tmp_path / "app/api/hello/route.py").write_text(f"{ROUTE}\n\nPOST = PUT = DELETE = GET\n")
    return tmp_path


@pytest.fixture
def broken(app: Path) -> Path:
    """An app with several problems."""
    (app / "byway_config.py").write_text("from byway import Config\n\nconfig = Config(max_body_sise=1)\n")
    (app / "app/items/new/route.py").write_text("def GET(:\n")
    (app / "app/api/hello/route.py").write_text("import nowhere\n")
    (app / "app/docs/[[...path]]/route.py").write_text("async def GET(a, b, c): ...\n")
    (app / "instrumentation.py").write_text("def register(app): ...\n")
    return app


# Help and versions


@pytest.mark.parametrize("command", ["", "new", "dev", "build", "start", "routes", "typegen", "info"])
def test_help_says_what_a_command_does(command: str) -> None:
    done = byway(*command.split(), "--help")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == golden(f"help-{command or 'byway'}.txt")


def test_the_list_of_commands_says_everything_even_in_a_narrow_terminal() -> None:
    done = byway("--help", env={"COLUMNS": "60"})
    assert "..." not in done.stdout.partition("Commands:")[2]


@pytest.mark.parametrize("option", ["--version", "-v"])
def test_the_version(option: str) -> None:
    assert byway(option) == Completed(0, f"Byway {VERSION}\n", "")


def test_info_names_the_versions_that_a_bug_report_needs() -> None:
    done = byway("info")
    assert (done.code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"Byway {VERSION}"
    assert lines[1].startswith(f"Python {sys.version_info.major}.{sys.version_info.minor}.")
    assert re.search(r", \d+ CPUs$", lines[2])
    packages = [line.split(maxsplit=1) for line in lines[3:]]
    assert [name for name, _ in packages][:3] == ["granian", "uvloop", "msgspec"]
    assert all(re.match(r"\d|not installed$", installed) for _, installed in packages)


def test_an_unknown_command_is_refused_with_the_usage() -> None:
    done = byway("serve")
    assert done.code == 2
    assert "No such command 'serve'." in done.stderr


@pytest.mark.parametrize("command", ["dev", "build", "start", "routes"])
def test_an_unknown_directory_is_refused(command: str, tmp_path: Path) -> None:
    done = byway(command, "nowhere", cwd=tmp_path)
    assert done.code == 2
    assert done.stdout == ""
    assert done.stderr.endswith("Error: Invalid value for '[DIRECTORY]': Directory 'nowhere' does not exist.\n")


@pytest.mark.parametrize("command", ["dev", "start"])
@pytest.mark.parametrize(
    ("option", "value"), [("--port", "70000"), ("--port", "http"), ("--log-level", "loud"), ("--access-log", "xml")]
)
def test_an_option_with_a_wrong_value_is_refused(command: str, option: str, value: str, app: Path) -> None:
    done = byway(command, app, option, value)
    assert done.code == 2
    assert "Invalid value for" in done.stderr
    assert option in done.stderr


# build and routes


def test_typegen_writes_the_types_of_the_routes(app: Path) -> None:
    assert byway("typegen", app) == Completed(0, "✓ Types of 6 routes in byway_routes.pyi.\n", "")
    assert "'/items/[id]'" in (app / "byway_routes.pyi").read_text()


def test_a_build_writes_the_types_of_the_routes(app: Path) -> None:
    assert byway("build", app).code == 0
    assert (app / "byway_routes.pyi").is_file()


def test_routes_prints_the_routes_in_their_order_of_precedence(app: Path) -> None:
    assert byway("routes", app) == Completed(0, golden("routes.txt"), "")


def test_routes_takes_the_current_directory_by_default(app: Path) -> None:
    assert byway("routes", cwd=app).stdout == golden("routes.txt")


def test_routes_needs_no_build_and_writes_none(app: Path) -> None:
    byway("routes", app)
    assert not (app / ".byway").exists()


def test_an_app_without_routes_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    done = byway("routes", tmp_path)
    assert (done.code, done.stderr) == (0, "")
    assert "no routes yet: add a route.py to the app folder" in done.stdout


def test_build_prints_the_routes_and_what_comes_next(app: Path) -> None:
    done = byway("build", app)
    assert (done.code, done.stderr) == (0, "")
    table, _, end = done.stdout.partition("\n✓ ")
    assert table == golden("routes.txt")
    assert re.fullmatch(r"Built in \d+\.\d\d s\. Serve it with byway start\.\n", end)
    assert (app / ".byway/manifest.json").is_file()


@pytest.fixture
def kept(app: Path) -> Path:
    """The app with static routes, and some that turn out not to be."""
    head = "from byway import headers\nfrom byway.server import Response\n\n"
    get = "\n\nasync def GET():\n    return Response('hello')\n"
    listed = "def generate_static_params():\n    return [{{'slug': ['a', str(n)]}} for n in range({})]\n"
    (app / "app/route.py").write_text(f"{head}dynamic = 'force-static'{get}")
    (app / "app/api/hello/route.py").write_text(f"{head}revalidate = 900\n\n\nasync def GET():\n    headers()\n")
    (app / "app/blog/[...slug]/route.py").write_text(f"{head}revalidate = 60\n{listed.format(5)}{get}")
    (app / "app/docs/[[...path]]/route.py").write_text(f"{head}dynamic = 'error'{get}")
    (app / "app/items/new/route.py").write_text(f"{head}revalidate = 3600{get}")
    (app / "app/(shop)/items/[id]/route.py").write_text(f"{head}revalidate = 60{get}")
    return app


def test_build_marks_what_it_has_made_and_tells_why_it_has_not_made_the_rest(kept: Path) -> None:
    done = byway("build", kept)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.partition("\n✓ ")[0] == golden("routes-built.txt")


def test_routes_marks_what_a_build_would_try_to_make(kept: Path) -> None:
    assert byway("routes", kept) == Completed(0, golden("routes-kept.txt"), "")


def test_what_a_build_cannot_make_is_printed_like_any_other_problem(kept: Path) -> None:
    (kept / "app/route.py").write_text("revalidate = 60\n\n\nasync def GET():\n    return 1 / 0\n")
    (kept / "app/items/new/route.py").write_text(
        "from byway import cookies\n\ndynamic = 'error'\n\n\nasync def GET():\n    cookies()\n"
    )
    assert byway("build", kept) == Completed(1, "", golden("problems-built.txt"))
    assert not (kept / ".byway/manifest.json").exists()


def test_a_build_that_fails_does_not_wait_for_a_handler_without_an_end(app: Path) -> None:
    (app / "byway_config.py").write_text(
        "from byway import Config\n\nconfig = Config(static_page_generation_timeout=0.2)\n"
    )
    (app / "app/route.py").write_text(
        "import threading\n\nrevalidate = 60\n\n\ndef GET():\n    threading.Event().wait()\n"
    )
    done = byway("build", app)
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr == (
        "✗ 1 problem\n\napp/route.py\n  Making the answer at / took longer than 0.2 seconds.\n"
        "  → Make it quicker, or raise Config(static_page_generation_timeout=…).\n\n"
    )


IGNORED = '! "src/app" is ignored because "app" exists at the root of the project. Keep one of them.\n'


@pytest.mark.parametrize("command", ["build", "routes"])
def test_what_is_ignored_is_warned_of(command: str, app: Path) -> None:
    (app / "src/app").mkdir(parents=True)
    done = byway(command, app)
    assert (done.code, done.stderr) == (0, IGNORED)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "options"), [("dev", ()), ("start", ("--workers", "2"))])
def test_a_server_warns_once_of_what_is_ignored(command: str, options: tuple[str, ...], app: Path) -> None:
    (app / "src/app").mkdir(parents=True)
    byway("build", app)
    with running(app, *options, command=command) as server:
        assert server.output.count(IGNORED) == 1


@pytest.mark.parametrize("command", ["build", "routes"])
def test_every_problem_is_printed_with_its_file_what_and_cure(command: str, broken: Path) -> None:
    assert byway(command, broken) == Completed(1, "", golden("problems.txt"))
    assert not (broken / ".byway").exists()


def test_a_failed_build_leaves_the_last_one_as_it_was(app: Path) -> None:
    byway("build", app)
    before = (app / ".byway/manifest.json").read_bytes()
    (app / "app/items/new/route.py").write_text("def GET(:\n")
    assert byway("build", app).code == 1
    assert (app / ".byway/manifest.json").read_bytes() == before


@pytest.mark.parametrize("command", ["build", "routes", "start"])
def test_a_folder_without_an_app_is_refused(command: str, tmp_path: Path) -> None:
    done = byway(command, tmp_path)
    assert done.code == 1
    assert done.stderr.startswith("✗ 1 problem\n\n")
    assert "Traceback" not in done.stderr


def test_what_an_app_prints_while_it_is_imported_is_shown(app: Path) -> None:
    (app / "app/route.py").write_text(f"print('hello from here')\n{ROUTE}")
    assert byway("build", app).stdout.startswith("hello from here\n")


# new


def test_new_lists_its_files_and_says_what_comes_next(tmp_path: Path) -> None:
    assert byway("new", "my-app", cwd=tmp_path) == Completed(0, golden("new.txt"), "")
    listed = [line.removeprefix("  + ") for line in golden("new.txt").splitlines() if line.startswith("  + ")]
    written = [path.relative_to(tmp_path / "my-app").as_posix() for path in (tmp_path / "my-app").rglob("*")]
    assert listed == sorted(path for path in written if (tmp_path / "my-app" / path).is_file())


def test_new_takes_an_empty_folder(tmp_path: Path) -> None:
    assert byway("new", tmp_path).code == 0
    assert (tmp_path / "app/route.py").is_file()


@pytest.mark.parametrize("name", ["folder", "file"])
def test_new_refuses_what_exists(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "precious.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    done = byway("new", name, cwd=tmp_path)
    assert done == Completed(
        1, "", f'Error: "{name}" exists already and is not empty; give the name of a new folder.\n'
    )
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder", "precious.txt"]


def test_a_module_that_exits_the_process_is_a_problem(app: Path) -> None:
    (app / "app/route.py").write_text(
        dedent("""
        import sys

        sys.exit("stop here")
    """)
    )
    done = byway("build", app)
    assert done.code == 1
    assert "A module must not exit the process while it is imported." in done.stderr
    assert "Traceback" not in done.stderr
