"""The manifest: what it holds, and when a build is stale."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from byway import AppError, create_app
from byway.build import OUTPUT_FOLDER, build
from byway.build.manifest import (
    MANIFEST,
    PRERENDERED,
    Manifest,
    RouteEntry,
    read_manifest,
    route_entries,
    write_manifest,
)
from byway.runtime.loading import load_app
from byway.runtime.route_cache import StaticRoute

from ..support import route, write_app

GOOD = route("def GET(): return Response('x')")
APP = {
    "app/[id]/route.py": "from lib.db import x\n" + GOOD,
    "lib/db.py": "x = 1\n",
    "lib/unused.py": "",
    "public/logo.svg": "<svg/>",
    ".env": "BYWAY_TEST_A=1\n",
    "byway_config.py": "from byway import Config\nconfig = Config(shutdown_timeout=2)\n",
}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    write_app(tmp_path, APP)
    app, _ = build(tmp_path)
    app.close()
    return tmp_path


def staleness(root: Path) -> list[str]:
    """What has changed since the build of ``root``."""
    try:
        read_manifest(root, root / OUTPUT_FOLDER)
    except AppError as error:
        (problem,) = error.problems
        assert problem.cure == "Run `byway build` again."
        head, *lines = problem.what.splitlines()
        assert head == "The build is stale. Since it was made:"
        return [line.strip() for line in lines]
    return []


def test_a_manifest_holds_routes_inputs_and_versions(built: Path) -> None:
    manifest = read_manifest(built, built / OUTPUT_FOLDER)
    (entry,) = manifest.routes
    assert (entry.pattern, entry.file, entry.methods) == ("/[id]", "app/[id]/route.py", ("GET", "HEAD", "OPTIONS"))
    assert set(manifest.inputs.files) >= {"app/[id]/route.py", "lib/db.py", "byway_config.py"}
    assert "lib/unused.py" in manifest.inputs.files  # a handler may import it
    assert manifest.inputs.public == ("/logo.svg",)
    assert manifest.inputs.env_names == ("BYWAY_TEST_A",)
    assert manifest.shutdown_timeout == 2
    assert len(manifest.build_id) == 16


def test_a_manifest_tells_how_each_route_is_answered(tmp_path: Path) -> None:
    listed = "def generate_static_params(): return [{'id': 'a'}]\n"
    write_app(
        tmp_path,
        {
            "app/[id]/route.py": f"{listed}revalidate = 60\n{GOOD}",
            "app/now/route.py": f"max_duration = 5\npreferred_region = ['fra1', 'iad1']\n{GOOD}",
            "app/zero/route.py": f"revalidate = 0\npreferred_region = 'home'\n{GOOD}",
        },
    )
    build(tmp_path)[0].close()
    methods = ("GET", "HEAD", "OPTIONS")
    assert set(read_manifest(tmp_path, tmp_path / OUTPUT_FOLDER).routes) == {
        RouteEntry("/[id]", "app/[id]/route.py", methods, kind="ssg", revalidate=60, expire=31_536_000, paths=("/a",)),
        RouteEntry("/now", "app/now/route.py", methods, max_duration=5, preferred_region=("fra1", "iad1")),
        RouteEntry("/zero", "app/zero/route.py", methods, why="revalidate = 0", preferred_region="home"),
    }


def test_what_an_app_that_serves_a_build_is_to_know_is_told(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/a/route.py": f"revalidate = 60\n{GOOD}", "app/b/route.py": f"revalidate = 0\n{GOOD}"})
    write_app(tmp_path, {"app/c/route.py": GOOD})
    app, manifest = build(tmp_path)
    app.close()
    built = manifest.built(tmp_path / OUTPUT_FOLDER)
    assert (built.build_id, built.draft_id) == (manifest.build_id, manifest.draft_id)
    assert built.paths == {"/a": ("/a",)}
    assert built.dynamic == {"/b": "revalidate = 0", "/c": ""}
    assert built.folder == tmp_path / OUTPUT_FOLDER / PRERENDERED / manifest.build_id
    assert built.entry("nothing") is None


@pytest.mark.parametrize(
    ("handler", "why"),
    [
        ("revalidate = 60\nasync def GET(request): return Response(request.headers.get('x'))\n", None),
        ("dynamic = 'force-static'\nasync def POST(): return Response()\n", "no GET"),
    ],
)
@pytest.mark.parametrize(("others", "paths"), [("True", ()), ("False", ("/a",))])
def test_of_a_dynamic_route_the_paths_are_noted_when_there_are_no_others(
    tmp_path: Path, handler: str, why: str | None, others: str, paths: tuple[str, ...]
) -> None:
    listed = f"dynamic_params = {others}\ndef generate_static_params(): return [{{'id': 'a'}}]\n"
    write_app(tmp_path, {"app/[id]/route.py": f"from byway.server import Response\n{listed}{handler}"})
    app, manifest = build(tmp_path)
    app.close()
    (entry,) = manifest.routes
    assert (entry.kind, entry.paths) == ("dynamic", paths)
    assert entry.why == (why or "uses request.headers at app/[id]/route.py:5")
    built = manifest.built(tmp_path / OUTPUT_FOLDER)
    assert (built.paths.get("/[id]", ()), built.dynamic) == (paths, {"/[id]": entry.why})


def test_a_manifest_that_the_server_may_not_read_is_a_problem(built: Path) -> None:
    path = built / OUTPUT_FOLDER / MANIFEST
    path.unlink()
    path.mkdir()  # even root cannot read that as a file
    with pytest.raises(AppError) as caught:
        read_manifest(built, built / OUTPUT_FOLDER)
    (problem,) = caught.value.problems
    assert problem.file == f"{OUTPUT_FOLDER}/{MANIFEST}"
    assert problem.what.startswith("This build cannot be read: ")
    assert problem.cure == "Let the user that serves the app read this file."


def test_an_answer_that_cannot_be_read_is_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_app(tmp_path, {"app/a/route.py": f"revalidate = 60\n{GOOD}"})
    app, manifest = build(tmp_path)
    app.close()
    built = manifest.built(tmp_path / OUTPUT_FOLDER)
    endpoint = app.routes[0].endpoint
    assert isinstance(endpoint, StaticRoute)
    assert built.entry(endpoint.key("/a")) is not None
    (file,) = built.folder.iterdir()
    file.write_bytes(b"nonsense")
    assert built.entry(endpoint.key("/a")) is None
    assert "An answer of the build cannot be read and is made anew: " in caplog.text


def test_the_secret_of_draft_mode_is_another_one_for_each_build(built: Path) -> None:
    first = read_manifest(built, built / OUTPUT_FOLDER).draft_id
    build(built)[0].close()
    assert read_manifest(built, built / OUTPUT_FOLDER).draft_id != first
    assert len(first) == 32


def test_without_a_build_what_may_be_static_is_said_to_be(tmp_path: Path) -> None:
    listed = "def generate_static_params(): raise ValueError('not called')\n"
    write_app(tmp_path, {"app/a/route.py": f"revalidate = 60\n{GOOD}", "app/[id]/route.py": f"{listed}{GOOD}"})
    app = load_app(tmp_path, "production")
    app.close()
    entries = {entry.pattern: (entry.kind, entry.revalidate, entry.expire) for entry in route_entries(app)}
    assert entries == {"/a": ("static", 60, None), "/[id]": ("ssg", None, None)}


def test_each_build_has_an_id_of_its_own(built: Path) -> None:
    first = read_manifest(built, built / OUTPUT_FOLDER).build_id
    app, manifest = build(built)
    app.close()
    assert manifest.build_id != first


@pytest.mark.parametrize("function", ["lambda: ' v1.2-a '", "made"])
def test_a_build_may_be_named_and_lie_elsewhere(tmp_path: Path, function: str) -> None:
    text = f"""
from byway import Config
async def made(): return "v1.2-a"
config = Config(generate_build_id={function}, dist_dir="out/build")
"""
    write_app(tmp_path, {"app/a/route.py": f"revalidate = 60\n{GOOD}", "byway_config.py": text})
    for _ in range(2):
        app, manifest = build(tmp_path)
        app.close()
        assert manifest.build_id == "v1.2-a"
    assert read_manifest(tmp_path, tmp_path / "out/build").build_id == "v1.2-a"
    assert not (tmp_path / OUTPUT_FOLDER).exists()
    application = create_app(tmp_path)
    application.app.close()
    assert application.app.build_id == "v1.2-a"


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"data/manifest.json": '{"name": "mine"}'}, "manifest.json"),
        ({"data/manifest.json": "[]"}, "manifest.json"),
        ({"data/notes.txt": "mine", "data/cache/x": ""}, "notes.txt"),
        ({"data/db.py": "x = 1\n", "data/prices.csv": ""}, "db.py"),
    ],
)
def test_a_build_does_not_go_where_files_of_somebody_else_lie(
    tmp_path: Path, files: dict[str, str], named: str
) -> None:
    text = 'from byway import Config\nconfig = Config(dist_dir="data")\n'
    write_app(tmp_path, {"app/a/route.py": GOOD, "byway_config.py": text, **files})
    with pytest.raises(AppError) as caught:
        build(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.what, problem.cure) == (
        "byway_config.py",
        f"Config(dist_dir='data') names a folder with files that are not of a build: {named}.",
        "Name a folder that does not exist yet, or remove what is in this one.",
    )
    assert {name: (tmp_path / name).read_text() for name in files} == files
    assert {path.name for path in (tmp_path / "data").iterdir()} == {Path(name).parts[1] for name in files}


def test_a_build_goes_into_an_empty_folder_and_into_that_of_a_build_that_failed(tmp_path: Path) -> None:
    text = 'from byway import Config\nconfig = Config(dist_dir="out")\n'
    write_app(tmp_path, {"app/a/route.py": GOOD, "byway_config.py": text})
    for folder in ("out", "out/prerendered", "out/cache"):
        (tmp_path / folder).mkdir(exist_ok=True)
        build(tmp_path)[0].close()
        (tmp_path / "out" / MANIFEST).unlink()


def test_modules_in_the_folder_of_a_build_are_not_its_own(tmp_path: Path) -> None:
    text = 'from byway import Config\nconfig = Config(dist_dir="out")\n'
    build(write_app(tmp_path, {"app/a/route.py": GOOD, "byway_config.py": text}))[0].close()
    write_app(tmp_path, {"out/db.py": "x = 1\n"})
    with pytest.raises(AppError, match=r"not of a build: db\.py"):
        build(tmp_path)


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", 5, "é"])
def test_a_build_id_that_is_no_name_is_a_problem(tmp_path: Path, name: object) -> None:
    text = f"from byway import Config\nconfig = Config(generate_build_id=lambda: {name!r})\n"
    write_app(tmp_path, {"app/a/route.py": GOOD, "byway_config.py": text})
    with pytest.raises(AppError) as caught:
        build(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.what) == ("byway_config.py", f"generate_build_id() of Config returned {name!r}.")


def test_none_for_a_build_id_is_a_random_one(tmp_path: Path) -> None:
    text = "from byway import Config\nconfig = Config(generate_build_id=lambda: None)\n"
    app, manifest = build(write_app(tmp_path, {"app/a/route.py": GOOD, "byway_config.py": text}))
    app.close()
    assert len(manifest.build_id) == 16


def test_a_build_that_nothing_touched_is_fresh_whatever_the_file_times(built: Path) -> None:
    for path in built.rglob("*"):
        os.utime(path, (1, 1))
    assert staleness(built) == []


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (lambda root: write_app(root, {"app/[id]/route.py": GOOD}), ["app/[id]/route.py was changed"]),
        (lambda root: write_app(root, {"lib/db.py": "x = 2\n"}), ["lib/db.py was changed"]),
        (lambda root: (root / "lib/db.py").unlink(), ["lib/db.py was removed"]),
        (lambda root: write_app(root, {"lib/unused.py": "x = 1\n"}), ["lib/unused.py was changed"]),
        (lambda root: write_app(root, {"lib/late/new.py": ""}), ["lib/late/new.py was added"]),
        (lambda root: write_app(root, {"app/tests/route.py": GOOD}), ["app/tests/route.py was added"]),
        (lambda root: write_app(root, {"app/new/route.py": GOOD}), ["app/new/route.py was added"]),
        (lambda root: write_app(root, {"instrumentation.py": ""}), ["instrumentation.py was added"]),
        (lambda root: (root / "byway_config.py").unlink(), ["byway_config.py was removed"]),
        (lambda root: write_app(root, {"public/new.txt": ""}), ["public/new.txt was added"]),
        (lambda root: (root / "public/logo.svg").unlink(), ["public/logo.svg was removed"]),
        (
            lambda root: write_app(root, {".env": "BYWAY_TEST_B=1\n"}),
            ["BYWAY_TEST_B was added to the .env files", "BYWAY_TEST_A was removed from the .env files"],
        ),
    ],
)
def test_what_has_changed_is_named(built: Path, change: Callable[[Path], object], lines: list[str]) -> None:
    change(built)
    assert staleness(built) == lines


@pytest.mark.parametrize(
    "files",
    [
        {"tests/test_x.py": "x = 1\n", "conftest.py": "", "lib/test_db.py": "", "lib/tests/x.py": ""},
        {".venv/x.py": "", "env/pyvenv.cfg": "", "env/lib/x.py": "", "node_modules/x.py": ""},
        {"lib/notes.txt": "x"},
        {"public/logo.svg": "<svg>other</svg>"},
        {".env": "BYWAY_TEST_A=2\n"},
        {"README.md": "words"},
        {"app/__pycache__/x.pyc": ""},
        {"app/.hidden": ""},
    ],
)
def test_what_the_build_does_not_depend_on_may_change(built: Path, files: dict[str, str]) -> None:
    write_app(built, files)
    assert staleness(built) == []


def test_many_changes_are_cut_short(built: Path) -> None:
    write_app(built, {f"app/new{number}/route.py": GOOD for number in range(12)})
    lines = staleness(built)
    assert len(lines) == 9
    assert lines[-1] == "… and 4 more"


def test_without_a_build_it_says_to_build(tmp_path: Path) -> None:
    write_app(tmp_path, APP)
    with pytest.raises(AppError) as caught:
        create_app(tmp_path)
    assert str(caught.value) == (
        "This app has a problem:\n\n.byway/manifest.json\n  There is no build to serve.\n  → Run `byway build` first."
    )


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff", b'{"build_id": 1}'])
def test_a_build_that_cannot_be_read_says_so(built: Path, data: bytes) -> None:
    (built / OUTPUT_FOLDER / MANIFEST).write_bytes(data)
    with pytest.raises(AppError, match=r"This build cannot be read\."):
        create_app(built)


def test_a_build_of_another_version_is_refused(built: Path) -> None:
    path = built / OUTPUT_FOLDER / MANIFEST
    manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    write_manifest(msgspec.structs.replace(manifest, byway="0.0.0"), path.parent)
    with pytest.raises(AppError, match=r"This build was made by Byway 0\.0\.0; this is Byway"):
        create_app(built)


def test_a_failed_build_leaves_the_one_before(built: Path) -> None:
    path = built / OUTPUT_FOLDER / MANIFEST
    before = path.read_bytes()
    write_app(built, {"app/bad/route.py": "def get(): ...\n"})
    with pytest.raises(AppError):
        build(built)
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["cache", MANIFEST]


def test_whoever_reads_while_it_is_written_sees_a_whole_manifest(built: Path) -> None:
    folder = built / OUTPUT_FOLDER
    manifest = read_manifest(built, folder)
    done = threading.Event()

    def write() -> None:
        for _ in range(100):
            write_manifest(manifest, folder)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        assert read_manifest(built, folder) == manifest
    writer.join()
    assert sorted(entry.name for entry in folder.iterdir()) == ["cache", MANIFEST]


def test_a_build_for_tests_in_another_folder_leaves_the_project_untouched(tmp_path: Path) -> None:
    write_app(tmp_path / "app", APP)
    app, _ = build(tmp_path / "app", tmp_path / "out" / "deep", mode="test")
    app.close()
    assert not (tmp_path / "app" / OUTPUT_FOLDER).exists()
    assert read_manifest(tmp_path / "app", tmp_path / "out" / "deep").routes


def test_a_folder_that_cannot_be_written_is_a_problem_of_the_app(tmp_path: Path) -> None:
    write_app(tmp_path, APP)
    (tmp_path / OUTPUT_FOLDER).write_text("in the way")
    with pytest.raises(AppError, match="The build cannot be written here: File exists"):
        build(tmp_path)


def test_serving_a_build_writes_nothing(built: Path) -> None:
    before = sorted(path for path in built.rglob("*") if "__pycache__" not in path.parts)
    application = create_app(built)
    application.app.close()
    assert sorted(path for path in built.rglob("*") if "__pycache__" not in path.parts) == before


def test_a_build_of_another_python_is_refused(built: Path) -> None:
    path = built / OUTPUT_FOLDER / MANIFEST
    manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    write_manifest(msgspec.structs.replace(manifest, python="3.10"), path.parent)
    with pytest.raises(AppError, match=r"This build was made with Python 3\.10; this is Python 3\.1[1-9]\.") as caught:
        create_app(built)
    assert caught.value.problems[0].cure == "Run `byway build` again."


def test_a_module_that_only_a_handler_imports_makes_the_build_stale(built: Path) -> None:
    write_app(built, {"app/late/route.py": route("def GET():\n    from lib.late import V\n"), "lib/late.py": "V = 1\n"})
    build(built)[0].close()
    write_app(built, {"lib/late.py": "V = 2\n"})
    assert staleness(built) == ["lib/late.py was changed"]
