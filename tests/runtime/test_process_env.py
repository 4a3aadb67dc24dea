"""Several apps share the environment of one process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from byway.problems import AppError
from byway.runtime.env import LoadedEnv
from byway.runtime.loading import load_app
from byway.runtime.process_env import enter_env, leave_env

from ..support import problems_of, route, write_app

NAME, OTHER = "BYWAY_TEST_SHARED", "BYWAY_TEST_OTHER"


@pytest.fixture(autouse=True)
def nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (NAME, OTHER):
        monkeypatch.delenv(name, raising=False)
    yield
    assert not {NAME, OTHER} & set(os.environ)


def entered(root: Path, text: str) -> LoadedEnv:
    return enter_env(write_app(root, {".env": text}), "production")


def test_two_apps_that_want_different_values_are_refused_without_telling_them(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_app(
            tmp_path / name,
            {".env": f"{NAME}=secret-{name}\n", "app/route.py": route("def GET(): return Response('x')")},
        )
    app = load_app(tmp_path / "one", "production")
    try:
        assert problems_of(tmp_path / "two") == [
            (
                ".env",
                f"Two apps in this process give {NAME} different values in .env files: this one, "
                f'and the one in "{tmp_path}/one".',
                "Give both the same value, rename one of the variables, or serve the apps from two processes.",
            )
        ]
        assert os.environ[NAME] == "secret-one"
    finally:
        app.close()


def test_every_such_variable_is_told(tmp_path: Path) -> None:
    first = entered(tmp_path / "one", f"{NAME}=1\n{OTHER}=1\n")
    with pytest.raises(AppError) as caught:
        entered(tmp_path / "two", f"{NAME}=2\n{OTHER}=2\n")
    assert len(caught.value.problems) == 2
    leave_env(first)


def test_one_value_is_there_until_the_last_app_leaves(tmp_path: Path) -> None:
    first, second = entered(tmp_path / "one", f"{NAME}=1\n"), entered(tmp_path / "two", f"{NAME}=1\n")
    assert second.values == {NAME: "1"}
    leave_env(first)
    leave_env(first)
    assert os.environ[NAME] == "1"
    leave_env(second)


def test_a_reference_does_not_reach_into_another_app(tmp_path: Path) -> None:
    first = entered(tmp_path / "one", f"{NAME}=1\n")
    second = entered(tmp_path / "two", f"{OTHER}=<${NAME}>\n")
    assert os.environ[OTHER] == "<>"
    leave_env(second)
    leave_env(first)


def test_what_the_process_has_itself_wins_for_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "process")
    first, second = entered(tmp_path / "one", f"{NAME}=1\n"), entered(tmp_path / "two", f"{NAME}=2\n")
    leave_env(first)
    leave_env(second)
    assert os.environ[NAME] == "process"
    monkeypatch.delenv(NAME)


def test_what_was_changed_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = entered(tmp_path / "one", f"{NAME}=1\n")
    monkeypatch.setenv(NAME, "changed")
    leave_env(first)
    assert os.environ[NAME] == "changed"
    monkeypatch.undo()
    os.environ.pop(NAME, None)


CONFIG = """
from byway import Config
config = Config(env={NAME: "from config"})
"""


def configured(root: Path, value: str = "from config") -> Path:
    files = {
        "byway_config.py": CONFIG.replace("NAME", repr(NAME)).replace("from config", value),
        "app/route.py": route(f"import os\nFOUND = os.environ.get({NAME!r})\ndef GET(): return Response(FOUND)"),
    }
    return write_app(root, files)


def test_variables_of_the_config_win_and_are_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "from the process")
    app = load_app(configured(tmp_path), "production")
    assert os.environ[NAME] == "from config"
    app.close()
    assert os.environ[NAME] == "from the process"
    monkeypatch.delenv(NAME)
    load_app(tmp_path, "production").close()
    assert NAME not in os.environ


def test_two_apps_whose_configs_want_different_values_are_refused(tmp_path: Path) -> None:
    app = load_app(configured(tmp_path / "one"), "production")
    same = load_app(configured(tmp_path / "same"), "production")
    try:
        assert problems_of(configured(tmp_path / "two", "other")) == [
            (
                "byway_config.py",
                f"Two apps in this process give {NAME} different values in Config(env=…): this one, "
                f'and the one in "{tmp_path}/one".',
                "Give both the same value, rename one of the variables, or serve the apps from two processes.",
            ),
            (
                "byway_config.py",
                f"Two apps in this process give {NAME} different values in Config(env=…): this one, "
                f'and the one in "{tmp_path}/same".',
                "Give both the same value, rename one of the variables, or serve the apps from two processes.",
            ),
        ]
    finally:
        app.close()
        assert os.environ[NAME] == "from config"
        same.close()


def test_an_app_that_does_not_load_leaves_no_variable(tmp_path: Path) -> None:
    write_app(configured(tmp_path), {"app/bad/route.py": "import nowhere"})
    assert problems_of(tmp_path)
    assert NAME not in os.environ
