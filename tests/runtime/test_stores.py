"""Where the embedded cache lies, and which folders it does not trust."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

import pytest

from byway.config import Config
from byway.runtime.stores import cache_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Permissions and links of POSIX.")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in whose folder no cache can be made, with a cache folder of its user's and a temporary one."""
    root = tmp_path / "shop"
    root.mkdir()
    (root / ".byway").write_text("in the way")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return root


def test_the_cache_lies_in_the_project_when_that_can_be_written(tmp_path: Path) -> None:
    assert cache_folder(tmp_path, Config(), "b1") == tmp_path / ".byway/cache"
    assert cache_folder(tmp_path, Config(cache_dir="kept"), "b1") == tmp_path / "kept"


def test_otherwise_it_lies_in_a_folder_of_the_build_and_that_is_said_once(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = root.parent / "user/byway-shop-b1"
    assert [cache_folder(root, Config(), "b1") for _ in range(2)] == [folder, folder]
    assert folder.stat().st_mode & 0o777 == 0o700
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().endswith(f"cannot be written; the cache lies in {folder}.")


def test_a_folder_that_others_can_write_is_not_used(root: Path) -> None:
    folder = root.parent / "user/byway-shop-b1"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    assert cache_folder(root, Config(), "b1") == root.parent / "temporary/byway-shop-b1"


def test_a_link_that_another_may_have_laid_is_not_followed(root: Path) -> None:
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (root.parent / "user").mkdir()
    (root.parent / "user/byway-shop-b1").symlink_to(elsewhere)
    assert cache_folder(root, Config(), "b1") == root.parent / "temporary/byway-shop-b1"
    assert list(elsewhere.iterdir()) == []
