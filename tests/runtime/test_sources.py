"""Which files are a project's own code."""

from __future__ import annotations

import sys
from pathlib import Path, PurePath

import pytest

from byway.runtime.sources import has_python_files, is_own, is_test, is_utf8, python_files

from ..support import write_app


def test_python_files_are_found_nearest_first(tmp_path: Path) -> None:
    own = ["b.py", "a/z.py", "lib/db.py", "a/deep/[x]/y.py"]
    others = ["a.txt", ".hidden/x.py", "lib/.x.py", "__pycache__/x.py", "node_modules/x/y.py", "x/site-packages/y.py"]
    others += ["tests/x.py", "lib/tests/x.py", "conftest.py", "lib/test_db.py", "env/pyvenv.cfg", "env/lib/x.py"]
    write_app(tmp_path, dict.fromkeys([*own, *others], ""))
    assert list(python_files(tmp_path)) == own


def test_links_to_folders_are_not_followed_and_links_to_files_are(tmp_path: Path) -> None:
    write_app(tmp_path, {"root/lib/db.py": "", "elsewhere/x.py": ""})
    (tmp_path / "root/lib/loop").symlink_to(tmp_path / "root")
    (tmp_path / "root/x.py").symlink_to(tmp_path / "elsewhere/x.py")
    (tmp_path / "root/gone.py").symlink_to(tmp_path / "gone.py")
    assert list(python_files(tmp_path / "root")) == ["x.py", "lib/db.py"]


def test_there_is_an_end_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("byway.runtime.sources._MOST", 2)
    write_app(tmp_path, dict.fromkeys(["a.py", "b.py", "c.py"], ""))
    assert list(python_files(tmp_path)) == ["a.py", "b.py"]


def test_a_folder_may_be_missing(tmp_path: Path) -> None:
    assert not has_python_files(tmp_path / "lib")
    write_app(tmp_path, {"lib/deep/x.py": "", "assets/logo.svg": ""})
    assert has_python_files(tmp_path / "lib")
    assert not has_python_files(tmp_path / "assets")


@pytest.mark.skipif(sys.platform == "darwin", reason="the file system takes only UTF-8")
def test_names_that_are_not_utf_8_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "\udcff.py").touch()
    assert list(python_files(tmp_path)) == []
    assert (is_utf8("\udcff"), is_utf8("ü")) == (False, True)


def test_own_files_are_neither_hidden_nor_installed(tmp_path: Path) -> None:
    assert is_own(tmp_path, tmp_path / "lib/a.py")
    others = ["../x.py", ".venv/x.py", "lib/site-packages/x.py", "node_modules/x.py"]
    assert not [other for other in others if is_own(tmp_path / "root", tmp_path / "root" / other) and ".." not in other]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/x.py", True),
        ("lib/tests/x.py", True),
        ("lib/test_x.py", True),
        ("conftest.py", True),
        ("lib/testing.py", False),
        ("lib/test_data.json", False),
        ("app/contest.py", False),
    ],
)
def test_tests_are_told_by_their_names(path: str, expected: bool) -> None:
    assert is_test(PurePath(path)) is expected
