"""An app's files as modules: strange folder names, one module for each file, and several apps in one process."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import marshal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.problems import AppError
from byway.runtime.app import App
from byway.runtime.importer import escape, unescape
from byway.runtime.loading import load_app
from byway.testing import Client

from ..support import problems_of, route, write_app

GOOD = route("def GET(): return Response('x')")
Load = Callable[[Path], App]


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    path, hooks, modules = list(sys.path), list(sys.meta_path), set(sys.modules)
    yield
    assert (sys.path, sys.meta_path) == (path, hooks)
    left = {name for name in set(sys.modules) - modules if name.partition(".")[0].partition("@")[0] in ("app", "lib")}
    assert not left


@pytest.fixture
def load() -> Iterator[Load]:
    with ExitStack() as stack:

        def load(root: Path) -> App:
            app = load_app(root, "production")
            stack.callback(app.close)
            return app

        yield load


def module_of(app: App, file: str) -> ModuleType:
    return app.importer.load(file)


def test_relative_imports_work_in_folders_of_any_name(tmp_path: Path, load: Load) -> None:
    folders = ["[slug]", "[...rest]", "[[...any]]", "(group)", "rss.xml", "a-b", "_private", "100%", "%5Funder", "ü"]
    for folder in folders:
        files = {f"app/{folder}/widget.py": f"W = {folder!r}\n", f"app/{folder}/use.py": "from .widget import W\n"}
        write_app(tmp_path, files)
    app = load(tmp_path)
    assert [module_of(app, f"app/{folder}/use.py").W for folder in folders] == folders


def test_parents_are_reached_with_dots(tmp_path: Path, load: Load) -> None:
    write_app(
        tmp_path,
        {
            "app/lib/dal.py": "VALUE = object()\n",
            "app/rss.xml/[id]/route.py": "from ...lib import dal\nfrom ...lib.dal import VALUE\n" + GOOD,
        },
    )
    app = load(tmp_path)
    module = module_of(app, "app/rss.xml/[id]/route.py")
    assert module.dal.VALUE is module.VALUE


def test_a_relative_and_an_absolute_import_give_the_same_module_loaded_once(tmp_path: Path, load: Load) -> None:
    write_app(
        tmp_path,
        {
            "counter.py": "loaded = []\n",
            "app/lib/dal.py": "import counter\ncounter.loaded.append(__name__)\nclass X: ...\n",
            "app/[slug]/route.py": "from ..lib.dal import X as RELATIVE\nfrom app.lib.dal import X\n" + GOOD,
            "app/a/route.py": "import app.lib.dal\nimport app.lib.dal as dal\nX = app.lib.dal.X\n" + GOOD,
        },
    )
    app = load(tmp_path)
    slug, a = module_of(app, "app/[slug]/route.py"), module_of(app, "app/a/route.py")
    assert slug.X is slug.RELATIVE is a.X is a.dal.X
    assert sys.modules["counter"].loaded == ["app.lib.dal"]


def test_a_route_that_imports_another_route_shares_it_with_the_router(tmp_path: Path, load: Load) -> None:
    write_app(
        tmp_path,
        {
            "app/a/route.py": GOOD,
            "app/[slug]/route.py": "from app.a.route import GET\n",
            "app/z/route.py": "from ..a.route import GET\n",
        },
    )
    app = load(tmp_path)
    modules = [module_of(app, f"app/{name}/route.py") for name in ("a", "[slug]", "z")]
    assert modules[0].GET is modules[1].GET is modules[2].GET


def test_a_folder_may_have_an_init(tmp_path: Path, load: Load) -> None:
    write_app(
        tmp_path,
        {
            "app/__init__.py": "VALUE = 1\n",
            "app/[slug]/__init__.py": "from .. import VALUE\nfrom .widget import W\n",
            "app/[slug]/widget.py": "W = 2\n",
            "app/[slug]/route.py": "from . import VALUE, W\n" + GOOD,
        },
    )
    module = module_of(load(tmp_path), "app/[slug]/route.py")
    assert (module.VALUE, module.W) == (1, 2)


def test_the_root_is_importable_and_so_is_src_when_the_app_lies_there(tmp_path: Path, load: Load) -> None:
    write_app(
        tmp_path,
        {
            "root_lib.py": "VALUE = 'root'\n",
            "src/lib/db.py": "VALUE = 'src'\n",
            "src/app/[id]/route.py": "from root_lib import VALUE\nfrom lib.db import VALUE as SRC\n" + GOOD,
            "src/app/[id]/rel.py": "from .route import SRC\n",
        },
    )
    app = load(tmp_path)
    module = module_of(app, "src/app/[id]/route.py")
    assert (module.VALUE, module.SRC, module.__name__) == ("root", "src", "app.[id].route")
    assert module_of(app, "src/app/[id]/rel.py").SRC == "src"


def test_a_module_app_beside_the_folder_app_is_not_in_the_way(tmp_path: Path, load: Load) -> None:
    write_app(tmp_path, {"app.py": "raise ValueError('not this one')\n", "app/lib.py": "V = 1\n"})
    write_app(tmp_path, {"app/route.py": "from app.lib import V\n" + GOOD})
    assert module_of(load(tmp_path), "app/route.py").V == 1


def test_a_module_and_a_folder_of_one_name_in_app_are_a_problem_that_names_both(tmp_path: Path) -> None:
    write_app(
        tmp_path,
        {
            "app/users.py": "VALUE = 1\n",
            "app/users/[id]/route.py": "from app.users import VALUE\n" + GOOD,
            "app/other/route.py": GOOD,
        },
    )
    assert problems_of(tmp_path) == [
        (
            "app/users.py",
            'This file and the folder "app/users" have one name, so that imports cannot find both.',
            'Rename one of them. To keep its URLs, move the folder into a group: "app/(group)/users".',
        )
    ]


def test_a_folder_without_python_files_does_not_hide_a_module_of_its_name(tmp_path: Path, load: Load) -> None:
    write_app(tmp_path, {"app/users.py": "VALUE = 1\n", "app/users/notes.txt": "x"})
    write_app(tmp_path, {"app/route.py": "from .users import VALUE\n" + GOOD})
    assert module_of(load(tmp_path), "app/route.py").VALUE == 1


def test_modules_know_their_file_and_name(tmp_path: Path, load: Load) -> None:
    write_app(tmp_path, {"app/rss.xml/route.py": GOOD})
    module = module_of(load(tmp_path), "app/rss.xml/route.py")
    assert module.__file__ == str(tmp_path / "app/rss.xml/route.py")
    assert module.__name__ == "app.rss%2Exml.route"


def test_close_forgets_every_module_of_the_project_folders_included(tmp_path: Path) -> None:
    write_app(
        tmp_path,
        {
            "lib/db.py": "VALUE = 1\n",
            "lib/deep/er.py": "VALUE = 1\n",
            "single.py": "",
            "app/route.py": "import single\nfrom lib.db import VALUE\nfrom lib.deep import er\n" + GOOD,
        },
    )
    app = load_app(tmp_path, "production")
    names = {name for name, _ in app.importer.modules()}
    assert names >= {"app", "app.route", "lib", "lib.db", "lib.deep", "lib.deep.er", "single"}
    app.close()
    app.close()
    assert not names & set(sys.modules)


def test_after_close_another_app_may_have_a_module_where_the_first_had_a_folder(tmp_path: Path) -> None:
    for name, lib in (("one", "lib/__init__.py"), ("two", "lib/db.py"), ("three", "lib.py")):
        write_app(tmp_path / name, {lib: "", "app/route.py": "import lib\n" + GOOD})
        load_app(tmp_path / name, "production").close()
    write_app(tmp_path / "four", {"lib.py": "VALUE = 4\n", "app/route.py": "from lib import VALUE\n" + GOOD})
    load_app(tmp_path / "four", "production").close()


def app_that_says(word: str) -> dict[str, str]:
    return {
        "app/lib/word.py": f"WORD = {word!r}\n",
        "app/[slug]/route.py": route(
            """
            import app.lib.word
            from app.lib import word
            from app.lib.word import WORD
            from ..lib.word import WORD as RELATIVE

            async def GET():
                from app.lib.word import WORD as LATE
                assert app.lib.word is word
                return Response(" ".join([WORD, RELATIVE, LATE, app.lib.word.WORD]))
            """
        ),
    }


def test_two_apps_with_the_same_paths_live_in_one_process(tmp_path: Path) -> None:
    write_app(tmp_path / "one", app_that_says("one"))
    write_app(tmp_path / "two", app_that_says("two"))
    with Client(tmp_path / "one") as one, Client(tmp_path / "two") as two:
        assert one.get("/x").text == "one one one one"
        assert two.get("/x").text == "two two two two"
    with Client(tmp_path / "two") as two:
        assert two.get("/x").text == "two two two two"


def test_the_first_app_may_be_closed_before_the_second(tmp_path: Path) -> None:
    write_app(tmp_path / "one", app_that_says("one"))
    write_app(tmp_path / "two", app_that_says("two"))
    first = load_app(tmp_path / "one", "production")
    with Client(tmp_path / "two") as two:
        first.close()
        write_app(tmp_path / "three", app_that_says("three"))
        with Client(tmp_path / "three") as three:
            assert (two.get("/x").text, three.get("/x").text) == ("two two two two", "three three three three")


def test_each_of_two_apps_has_its_own_config_and_instrumentation(tmp_path: Path, load: Load) -> None:
    for name, threads in (("one", 1), ("two", 2)):
        write_app(
            tmp_path / name,
            {
                "app/route.py": GOOD,
                "byway_config.py": f"from byway import Config\nconfig = Config(threads={threads})\n",
                "instrumentation.py": f"def register(): return {threads}\n",
            },
        )
    first, second = load(tmp_path / "one"), load(tmp_path / "two")
    assert (first.config.threads, second.config.threads) == (1, 2)
    assert module_of(first, "instrumentation.py") is not module_of(second, "instrumentation.py")


def test_two_apps_with_one_top_level_module_are_refused_with_the_cure(tmp_path: Path, load: Load) -> None:
    write_app(tmp_path / "one", {"app/route.py": "from lib.db import x\n" + GOOD, "lib/db.py": "x = 1\n"})
    write_app(tmp_path / "two", {"app/route.py": "from lib.db import x\n" + GOOD, "lib/db.py": "x = 2\n"})
    load(tmp_path / "one")
    assert problems_of(tmp_path / "two") == [
        (
            "lib",
            f"Two apps in this process have a top-level module 'lib': this one, and the one in \"{tmp_path}/one\".",
            "Rename one of them, or serve the apps from two processes.",
        )
    ]


def test_scripts_beside_both_apps_are_no_conflict(tmp_path: Path, load: Load) -> None:
    write_app(tmp_path / "one", {"app/route.py": GOOD, "scripts.py": ""})
    write_app(tmp_path / "two", {"app/route.py": GOOD, "scripts.py": ""})
    load(tmp_path / "one")
    load(tmp_path / "two")


def test_one_app_may_be_loaded_twice(tmp_path: Path, load: Load) -> None:
    write_app(tmp_path, {"app/route.py": "from lib import V\nfrom app.own import V as OWN\n" + GOOD})
    write_app(tmp_path, {"lib.py": "V = object()\n", "app/own.py": "V = object()\n"})
    first, second = load(tmp_path), load(tmp_path)
    assert module_of(first, "app/route.py").OWN is not module_of(second, "app/route.py").OWN


def test_a_lib_module_of_the_second_app_that_imports_from_app_gets_its_own(tmp_path: Path, load: Load) -> None:
    write_app(tmp_path / "one", {**app_that_says("one")})
    write_app(tmp_path / "two", {**app_that_says("two"), "helper_two.py": "from app.lib.word import WORD\n"})
    write_app(tmp_path / "two", {"app/route.py": "from helper_two import WORD\n" + GOOD})
    load(tmp_path / "one")
    assert module_of(load(tmp_path / "two"), "app/route.py").WORD == "two"


def test_an_app_that_was_refused_is_forgotten(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/lib.py": "", "app/route.py": "from app import lib\nimport no_such_module\n"})
    with pytest.raises(AppError):
        load_app(tmp_path, "production")
    write_app(tmp_path, {"app/route.py": GOOD})
    load_app(tmp_path, "production").close()


def test_files_in_a_virtual_environment_of_the_project_are_not_its_own(tmp_path: Path, load: Load) -> None:
    app = load(write_app(tmp_path, {"app/route.py": GOOD}))
    own = [tmp_path / "lib/a.py", tmp_path / "app/[x]/route.py", tmp_path / "a.py"]
    others = [
        tmp_path / ".venv/lib/python3/site-packages/x.py",
        tmp_path / "venv/lib/site-packages/x.py",
        tmp_path / "node_modules/x.py",
        tmp_path.parent / "x.py",
    ]
    assert [app.importer.is_own(path) for path in own] == [True] * 3
    assert [app.importer.is_own(path) for path in others] == [False] * 4


@given(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1))
def test_any_folder_name_becomes_a_part_without_dots_and_back(folder: str) -> None:
    assert "." not in escape(folder)
    assert unescape(escape(folder)) == folder


@pytest.mark.parametrize("lib", ["lib.py", "lib/db.py", "lib/deep/er.py"])
def test_a_conflict_is_found_before_anything_imports_the_module(tmp_path: Path, load: Load, lib: str) -> None:
    late = route("""
        def GET():
            import lib
            return Response("x")
    """)
    write_app(tmp_path / "one", {"app/route.py": late, lib: ""})
    write_app(tmp_path / "two", {"app/route.py": late, "lib/other.py": ""})
    load(tmp_path / "one")
    assert [file for file, _, _ in problems_of(tmp_path / "two")] == ["lib"]


def test_what_no_app_imports_is_no_conflict(tmp_path: Path, load: Load) -> None:
    names = ["tests/x.py", "docs/conf.py", "examples/x.py", "scripts/x.py", "conftest.py", "setup.py", "build/x.py"]
    names += ["test_x.py", ".hidden/x.py", "venv/pyvenv.cfg", "venv/x.py", "my-env/pyvenv.cfg", "assets/logo.svg"]
    names += ["python_env/pyvenv.cfg", "python_env/lib/x.py", "main.py"]
    for name in ("one", "two"):
        write_app(tmp_path / name, {"app/route.py": GOOD, **dict.fromkeys(names, "")})
        load(tmp_path / name)


def test_two_apps_in_src_have_no_conflict_about_src(tmp_path: Path, load: Load) -> None:
    for name in ("one", "two"):
        write_app(tmp_path / name, {"src/app/route.py": GOOD, "src/proxy.py": "def proxy(): ...\n"})
        load(tmp_path / name)


def test_a_module_that_another_project_left_behind_is_told(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_app(tmp_path / "one", {"lib/db.py": "x = 1\n"})
    write_app(tmp_path / "two", {"app/route.py": "from lib.db import x\n" + GOOD, "lib/db.py": "x = 2\n"})
    monkeypatch.syspath_prepend(str(tmp_path / "one"))
    importlib.import_module("lib.db")
    try:
        ((file, what, cure),) = problems_of(tmp_path / "two")
    finally:
        del sys.modules["lib"], sys.modules["lib.db"]
    assert file == "lib"
    assert what.startswith(f"This process has already imported a module 'lib' from elsewhere: \"{tmp_path}/one/lib")
    assert cure == "Rename one of them, or run what imports the other one in a process of its own."


def test_every_kind_of_module_of_the_second_app_has_its_own_app(tmp_path: Path, load: Load) -> None:
    write_app(tmp_path / "one", {"app/word.py": "WORD = 1\n", "app/route.py": GOOD})
    write_app(
        tmp_path / "two",
        {
            "app/word.py": "WORD = 2\n",
            "kit/__init__.py": "from app.word import WORD\n",
            "kit/inner.py": "from app.word import WORD\n",
            "bag/inner.py": "import app.word\nWORD = app.word.WORD\n",
            "byway_config.py": "from byway import Config\nfrom app.word import WORD\nconfig = Config(threads=WORD)\n",
            "app/route.py": """
                import kit, kit.inner, bag.inner
                WORDS = [kit.WORD, kit.inner.WORD, bag.inner.WORD]
                def GET(): ...
            """,
        },
    )
    load(tmp_path / "one")
    second = load(tmp_path / "two")
    assert module_of(second, "app/route.py").WORDS == [2, 2, 2]
    assert second.config.threads == 2


def test_closing_one_of_two_loads_of_a_project_leaves_it_importable(tmp_path: Path, load: Load) -> None:
    write_app(tmp_path, {"app/route.py": GOOD, "late.py": "V = 1\n"})
    first = load_app(tmp_path, "production")
    load(tmp_path)
    first.close()
    assert importlib.import_module("late").V == 1


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """A project, modules of which were imported before its app is loaded, as tests do."""
    write_app(
        tmp_path,
        {
            "app/lib/dal.py": "from lib import db\ndef who(): return 'real'\n",
            "app/lib/extra.py": "",
            "app/route.py": route(
                """
                from app.lib import dal, extra
                from lib import db
                import other
                async def GET(): return Response(f"{dal.who()} {db.conn()}")
                """
            ),
            "lib/db.py": "def conn(): return 'db'\n",
            "other.py": "",
            "tests/helper.py": "",
            "conftest.py": "",
        },
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    names = ["app.lib.dal", "lib.db", "conftest"]
    yield {name: importlib.import_module(name) for name in names}
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("app", "lib", "other", "conftest", "tests"):
            del sys.modules[name]


def test_the_app_uses_the_modules_that_a_test_has_imported(
    tmp_path: Path, imported: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        with Client(tmp_path) as client:
            assert client.get("/").text == "real db"
            monkeypatch.setattr(imported["app.lib.dal"], "who", lambda: "patched")
            monkeypatch.setattr("lib.db.conn", lambda: "too")
            assert client.get("/").text == "patched too"
            monkeypatch.undo()
            monkeypatch.syspath_prepend(str(tmp_path))
            assert not [name for name in sys.modules if name.startswith("app@")]


def test_close_forgets_what_came_with_the_app_and_nothing_else(tmp_path: Path, imported: dict[str, ModuleType]) -> None:
    with Client(tmp_path) as client:
        client.get("/")
        helper = importlib.import_module("tests.helper")
        assert {"app.route", "app.lib.extra", "other"} <= set(sys.modules)
    assert {name: sys.modules.get(name) for name in imported} == imported
    assert sys.modules["tests.helper"] is helper
    assert not {"app.route", "app.lib.extra", "other"} & set(sys.modules)
    assert not hasattr(sys.modules["app.lib"], "extra")


def test_a_package_further_down_that_is_installed_is_not_forgotten(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_app(tmp_path, {"packages/kit/src/kit.py": "", "app/route.py": "import kit\n" + GOOD})
    monkeypatch.syspath_prepend(str(tmp_path / "packages/kit/src"))
    load_app(tmp_path, "production").close()
    try:
        assert "kit" in sys.modules
    finally:
        sys.modules.pop("kit", None)


def test_in_development_every_module_of_the_project_is_forgotten_but_main_and_tests(
    tmp_path: Path, imported: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    main = ModuleType("__main__")
    main.__file__ = str(tmp_path / "serve.py")
    monkeypatch.setitem(sys.modules, "__main__", main)
    load_app(tmp_path, "development").close()
    assert not {"app.lib.dal", "app.lib", "app", "lib.db", "other"} & set(sys.modules)
    assert sys.modules["__main__"] is main
    assert sys.modules["conftest"] is imported["conftest"]


def test_a_package_app_from_elsewhere_is_not_taken_for_the_projects(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_app(tmp_path / "other", {"app/__init__.py": "", "proxy.py": ""})
    write_app(tmp_path / "one", {"app/word.py": "WORD = 1\n", "app/route.py": "from app.word import WORD\n" + GOOD})
    monkeypatch.syspath_prepend(str(tmp_path / "other"))
    importlib.import_module("app")
    try:
        assert module_of(load(tmp_path / "one"), "app/route.py").WORD == 1
    finally:
        del sys.modules["app"]


def test_resources_beside_a_module_are_found(tmp_path: Path, load: Load) -> None:
    source = "from importlib.resources import files\nTEXT = (files(__package__) / 'words.txt').read_text()\n" + GOOD
    folders = ["app", "app/[slug]", "app/rss.xml", "app/with_init"]
    for folder in folders:
        write_app(tmp_path, {f"{folder}/route.py": source, f"{folder}/words.txt": folder})
    write_app(tmp_path, {"app/with_init/__init__.py": ""})
    app = load(tmp_path)
    assert [module_of(app, f"{folder}/route.py").TEXT for folder in folders] == folders
    assert sys.modules["app.[slug]"].__file__ is None


def test_modules_beside_app_are_what_python_would_make_of_them(tmp_path: Path, load: Load) -> None:
    write_app(
        tmp_path,
        {
            "lib/db.py": "VALUE = 1\n",
            "lib/kit/__init__.py": "",
            "lib/kit/inner.py": "from . import __name__ as ABOVE\n",
            "app/route.py": "import lib.db, lib.kit.inner\n" + GOOD,
        },
    )
    load(tmp_path)
    db, kit, inner = (sys.modules[name] for name in ("lib.db", "lib.kit", "lib.kit.inner"))
    assert (db.__name__, db.__package__, db.__file__) == ("lib.db", "lib", str(tmp_path / "lib/db.py"))
    assert (kit.__package__, list(kit.__path__)) == ("lib.kit", [str(tmp_path / "lib/kit")])
    assert inner.ABOVE == "lib.kit"
    assert db.__spec__ is not None
    assert db.__spec__.origin == db.__file__
    assert inspect.getsource(db) == "VALUE = 1\n"


def test_a_reload_runs_the_changed_file(tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # which goes by file times, and the file changes at once
    write_app(tmp_path, {"lib/db.py": "VALUE = 1\n", "app/route.py": "import lib.db\n" + GOOD})
    load(tmp_path)
    module = sys.modules["lib.db"]
    write_app(tmp_path, {"lib/db.py": '"""use cache"""\nVALUE = 2\ndef get(): ...\n'})
    assert importlib.reload(module) is module
    assert module.VALUE == 2
    assert inspect.iscoroutinefunction(module.get)
    assert importlib.reload(module).get.__wrapped__.__name__ == "get"
    assert not hasattr(module.get.__wrapped__, "__wrapped__")


@pytest.mark.parametrize("file", ["lib.py", "lib/__init__.py", "lib/db.py", "app/db.py"])
def test_byte_code_is_kept_beside_the_file_and_used(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    write_app(tmp_path, {file: "VALUE = 1\n", "app/route.py": f"from {name} import VALUE\n" + GOOD})
    load_app(tmp_path, "production").close()
    kept = Path(importlib.util.cache_from_source(str(tmp_path / file)))
    other = compile("VALUE = 2\n", str(tmp_path / file), "exec")
    kept.write_bytes(kept.read_bytes()[:16] + marshal.dumps(other))
    assert module_of(load(tmp_path), "app/route.py").VALUE == 2


def test_the_byte_code_of_a_second_app_is_not_kept_for_its_names_are_its_own(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for name in ("one", "two"):
        lib = f"lib_{name}"
        write_app(tmp_path / name, {f"{lib}.py": "import app\n", "app/route.py": f"import {lib}\n" + GOOD})
        load(tmp_path / name)
    assert list((tmp_path / "one").rglob("lib_one*.pyc"))
    assert not list((tmp_path / "two").rglob("*.pyc"))


def test_an_error_in_a_module_beside_app_is_told_with_its_place(tmp_path: Path) -> None:
    write_app(tmp_path, {"lib/db.py": "x = 1\n1 / 0\n", "app/route.py": "import lib.db\n" + GOOD})
    assert problems_of(tmp_path) == [
        (
            "lib/db.py:2",
            "app/route.py imports this file, which does not import: ZeroDivisionError: division by zero",
            "Mend what raises at that line; a file is imported once, before the first request.",
        )
    ]


def test_a_name_that_a_module_beside_app_lacks_is_told_in_pythons_words(tmp_path: Path) -> None:
    write_app(tmp_path, {"lib/db.py": "x = 1\n", "app/route.py": "from lib.db import y\n" + GOOD})
    ((file, what, _),) = problems_of(tmp_path)
    assert file == "app/route.py:1"
    assert f"cannot import name 'y' from 'lib.db' ({tmp_path}/lib/db.py)" in what


def test_pythons_own_modules_and_those_of_tests_are_loaded_by_python(tmp_path: Path, load: Load) -> None:
    write_app(
        tmp_path,
        {
            "this.py": "VALUE = 1\n",  # Python has one, too
            "tests/helper.py": "",
            "test_x.py": "",
            "conftest.py": "",
            ".venv/lib/python3/site-packages/thing.py": "",
            "lib/db.py": "",
            "app/route.py": GOOD,
        },
    )
    importer = load(tmp_path).importer
    assert importer.find_spec("lib.db", [str(tmp_path / "lib")]) is not None
    for name in ("this", "tests", "test_x", "conftest", "thing", "os", "byway"):
        assert importer.find_spec(name) is None
    assert importer.find_spec("tests.helper", [str(tmp_path / "tests")]) is None
    assert importer.find_spec("lib.thing", [str(tmp_path / ".venv/lib/python3/site-packages")]) is None


def test_a_file_that_came_after_the_app_was_loaded_is_found(tmp_path: Path, load: Load) -> None:
    write_app(tmp_path, {"app/route.py": GOOD})
    load(tmp_path)
    write_app(tmp_path, {"late_lib.py": "VALUE = 1\n"})
    importlib.invalidate_caches()
    assert importlib.import_module("late_lib").VALUE == 1
