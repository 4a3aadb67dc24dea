"""The recipe examples/recipes/uploads keeps the rules that its page states."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from byway.server import File
from byway.testing import Client

Start = Callable[..., Client]


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4096


@pytest.fixture
def files(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("UPLOADS", str(tmp_path / "uploads"))
    return start("uploads")


def test_an_upload_is_kept_under_a_name_of_our_own_and_can_be_downloaded(files: Client, tmp_path: Path) -> None:
    answer = files.post("/files", files={"file": ("../../evil.html", PNG, "text/html")})
    assert answer.status_code == 201
    name = answer.json()["name"]
    assert re.fullmatch(r"[\w-]{22}\.png", name)
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == [name]
    download = files.get(answer.headers["location"])
    assert download.content == PNG
    assert download.headers["content-type"] == "image/png"
    assert download.headers["content-length"] == str(len(PNG))
    assert download.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert download.headers["x-content-type-options"] == "nosniff"


def test_the_type_is_read_from_the_content_not_from_what_the_client_says(files: Client, tmp_path: Path) -> None:
    answer = files.post("/files", files={"file": ("a.png", b"<script>", "image/png")})
    assert answer.status_code == 415
    assert not (tmp_path / "uploads").exists()


def test_a_file_or_a_body_that_is_too_large_is_a_413(files: Client) -> None:
    large = files.post("/files", files={"file": ("a.png", PNG + bytes(5 * 2**20 - len(PNG) + 1), "image/png")})
    assert large.status_code == 413
    assert large.json() == {"error": "A file may have 5,242,880 bytes at most."}
    larger = files.post("/files", files={"file": ("a.png", PNG + bytes(6 * 2**20), "image/png")})
    assert larger.status_code == 413
    assert "max_body_size" in larger.text


@pytest.mark.parametrize("form", [{"data": {"file": "text"}}, {"files": {"file": ("", b"", "image/png")}}])
def test_a_form_without_a_file_is_a_400(files: Client, form: dict[str, Any]) -> None:
    assert files.post("/files", **form).status_code == 400


def test_an_upload_that_fails_half_way_leaves_nothing_behind(
    files: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    assert files.post("/files", files={"file": ("a.png", PNG, "image/png")}).status_code == 500
    assert list((tmp_path / "uploads").iterdir()) == []


@pytest.mark.parametrize("name", ["nothing.png", ".hidden.png", "..%2F..%2Fsecret.png", "x.html", "%00.png"])
def test_only_what_was_uploaded_can_be_downloaded(files: Client, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / ".hidden.png").write_bytes(PNG)
    (tmp_path / "uploads" / "x.html").write_bytes(PNG)
    assert files.get(f"/files/{name}").status_code == 404


def test_an_empty_file_has_no_type(files: Client) -> None:
    store = sys.modules["lib.store"]
    with pytest.raises(store.UnknownType):
        asyncio.run(store.save(File(b"", "a")))
