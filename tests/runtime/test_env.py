from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.problems import AppError, Problem
from byway.runtime.env import env_file_names, load_env, resolve_env


def resolve(content: str, **environ: str) -> dict[str, str]:
    return resolve_env([(".env", content)], environ)


def write(root: Path, **files: str) -> None:
    for name, content in files.items():
        (root / name.replace("_", ".")).write_text(content, encoding="utf-8")


@pytest.mark.parametrize(
    ("mode", "names"),
    [
        ("development", (".env.development.local", ".env.local", ".env.development", ".env")),
        ("production", (".env.production.local", ".env.local", ".env.production", ".env")),
        ("test", (".env.test.local", ".env.test", ".env")),
    ],
)
def test_the_files_of_a_mode_in_their_order(mode: str, names: tuple[str, ...]) -> None:
    assert env_file_names(mode) == names  # type: ignore[arg-type]


def test_the_first_place_that_has_a_variable_wins(tmp_path: Path) -> None:
    write(
        tmp_path,
        _env="A=1\nB=1\nC=1\nD=1\nE=1",
        _env_production="A=2\nB=2\nC=2\nD=2",
        _env_local="A=3\nB=3\nC=3",
        _env_production_local="A=4\nB=4",
        _env_development="A=5\nF=5",
    )
    loaded = load_env(tmp_path, "production", {"A": "process"})
    assert loaded.values == {"B": "4", "C": "3", "D": "2", "E": "1"}
    assert loaded.files == (".env.production.local", ".env.local", ".env.production", ".env")
    assert loaded.names == ("A", "B", "C", "D", "E")


def test_tests_do_not_read_the_local_file(tmp_path: Path) -> None:
    write(tmp_path, _env="A=1", _env_local="A=2", _env_test="B=3")
    loaded = load_env(tmp_path, "test", {})
    assert loaded.values == {"A": "1", "B": "3"}
    assert loaded.files == (".env.test", ".env")


def test_an_empty_variable_of_the_process_counts_as_set(tmp_path: Path) -> None:
    write(tmp_path, _env="A=1")
    assert load_env(tmp_path, "production", {"A": ""}).values == {}


def test_only_the_root_is_read_and_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    (tmp_path / "src").mkdir()
    write(tmp_path / "src", _env="A=1")
    loaded = load_env(tmp_path, "production", {})
    assert (loaded.files, loaded.names, loaded.values) == ((), (), {})


def test_the_environment_is_not_changed(tmp_path: Path) -> None:
    write(tmp_path, _env="A=1")
    environ = {"B": "2"}
    load_env(tmp_path, "production", environ)
    assert environ == {"B": "2"}


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("A=1", "1"),
        ("A = 1  ", "1"),
        ("export A=1", "1"),
        ("# A=2\nA=1 # a comment", "1"),
        ("A=a#b", "a#b"),
        ('A="a # b"', "a # b"),
        ("A=''", ""),
        ("A=", ""),
        ("A=1\nA=2", "2"),
        ('A="one\ntwo"', "one\ntwo"),
        ("A='one\ntwo'", "one\ntwo"),
        (r'A="one\ntwo"', "one\ntwo"),
        (r"A='one\ntwo'", r"one\ntwo"),
        ("\ufeffA=1", "1"),
    ],
)
def test_values_are_read_as_in_every_dotenv_file(content: str, value: str) -> None:
    assert resolve(content)["A"] == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$HOST/x", "h/x"),
        ("${HOST}x", "hx"),
        ("'$HOST'", "h"),
        ('"$HOST"', "h"),
        (r"\$HOST", "$HOST"),
        (r'"\$HOST"', "$HOST"),
        ("a${NOTHING}b", "ab"),
        ("${NOTHING:-d e}", "d e"),
        ("${EMPTY:-d}", "d"),
        ("${HOST:-d}", "h"),
        ("${NOTHING:-${HOST}}", "h"),
        ("${NOTHING:-$HOST/${HOST}}", "h/h"),
        ("${NOTHING:-}", ""),
        ("$LATER", "h!"),
        ("pa$5w$", "pa$5w$"),
        ("${unclosed", "${unclosed"),
    ],
)
def test_references_are_expanded(text: str, value: str) -> None:
    assert resolve(f"HOST=h\nEMPTY=\nA={text}\nLATER=$HOST!")["A"] == value


def test_a_reference_gives_what_the_variable_finally_is() -> None:
    files = [(".env.local", "URL=$HOST/$PORT_\nHOST=local"), (".env", "BASE=$HOST\nHOST=base\nPORT_=1")]
    assert resolve_env(files, {}) == {"URL": "local/1", "HOST": "local", "BASE": "local", "PORT_": "1"}
    assert resolve_env(files, {"HOST": "process"})["BASE"] == "process"


def test_what_a_reference_gives_is_not_expanded_again() -> None:
    assert resolve("A=$SECRET-$B\nB=\\$C\nC=3", SECRET="p$C")["A"] == "p$C-$C"


def test_a_circle_of_references_is_a_problem_with_its_line() -> None:
    with pytest.raises(AppError) as caught:
        resolve_env([(".env.local", "\n\nA=x$B"), (".env", "B=${C}\nC=$A\nD=$D")], {})
    assert caught.value.problems == (
        Problem(
            ".env.local:3",
            "A refers to itself: A → B → C → A.",
            "Write its value out, or give the reference a default: ${A:-…}.",
        ),
        Problem(
            ".env:3", "D refers to itself: D → D.", "Write its value out, or give the reference a default: ${D:-…}."
        ),
    )


def test_a_default_or_the_process_ends_a_circle() -> None:
    assert resolve("A=${A:-d}")["A"] == "d"
    assert resolve("A=$B\nB=$A", B="b") == {"A": "b"}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("A=1\n\n\nsecret value", 4),
        ("A=1\nsecret", 2),
        ('A="secret', 1),
        ("# c\nA: secret", 2),
        ('A="secret\nvalue"\n=secret', 3),
        ("A=sec\0ret", 1),
        ("{secret}=1", 1),
    ],
)
def test_a_line_that_defines_nothing_is_a_problem_and_is_not_quoted(content: str, line: int) -> None:
    with pytest.raises(AppError) as caught:
        resolve(content)
    (problem,) = caught.value.problems
    assert problem == Problem(
        f".env:{line}",
        "This line does not define a variable.",
        'Write NAME=value, and put a value of several lines in double quotes: NAME="…".',
    )


def test_a_file_that_is_no_utf_8_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1", encoding="utf-16")
    (tmp_path / ".env.local").write_text("no definition", encoding="utf-8")
    with pytest.raises(AppError) as caught:
        load_env(tmp_path, "production", {})
    assert caught.value.problems[0] == Problem(
        ".env", "This file is not UTF-8 text.", "Save it with the encoding UTF-8."
    )
    assert caught.value.problems[1].file == ".env.local:1"


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, _env="A=1")

    def deny(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", deny)
    with pytest.raises(AppError) as caught:
        load_env(tmp_path, "production", {})
    assert caught.value.problems == (
        Problem(
            ".env",
            "This file cannot be read: Permission denied.",
            "Allow the user that runs Byway to read it, or delete it.",
        ),
    )


def test_values_do_not_show_in_the_repr(tmp_path: Path) -> None:
    write(tmp_path, _env="TOKEN=hunter2")
    assert "hunter2" not in repr(load_env(tmp_path, "production", {}))


@given(st.text(alphabet="AB=$\\{}:-'\" #\n", max_size=40))
def test_any_text_resolves_or_is_a_problem(content: str) -> None:
    try:
        values = resolve(content)
    except AppError:
        return
    assert all(isinstance(value, str) for value in values.values())
