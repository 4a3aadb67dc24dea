"""A file is opened once, within its folder, and read from there."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from byway.runtime.files import FileChunks, open_within


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "public"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "sub/b.txt").write_text("b")
    (folder / "large.bin").write_bytes(bytes(range(256)) * 4000)
    return folder


def read(folder: Path, name: str) -> str:
    file, state = open_within(folder, folder / name)
    with file:
        assert state.st_size == os.fstat(file.fileno()).st_size
        return file.read().decode()


def chunks(path: Path, start: int, length: int) -> FileChunks:
    file, _ = open_within(path.parent, path)
    file.seek(start)
    return FileChunks(file, length)


def test_a_file_is_opened_with_its_state(folder: Path) -> None:
    assert read(folder, "a.txt") == "a"
    assert read(folder, "sub/b.txt") == "b"


def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    (folder / "link.txt").symlink_to("sub/b.txt")
    (folder / "links").symlink_to("sub")
    assert read(folder, "link.txt") == "b"
    assert read(folder, "links/b.txt") == "b"


def test_the_folder_may_be_a_link_that_is_changed(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "current"
    link.symlink_to(folder)
    assert read(link, "a.txt") == "a"
    (tmp_path / "next").mkdir()
    (tmp_path / "next/a.txt").write_text("new")
    link.unlink()
    link.symlink_to(tmp_path / "next")
    assert read(link, "a.txt") == "new"


def to_a_link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "secret.txt")


def to_a_relative_link(path: Path) -> None:
    path.symlink_to("../secret.txt")


def to_a_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def to_nothing(path: Path) -> None: ...


def to_a_pipe(path: Path) -> None:
    os.mkfifo(path)


def to_a_socket(path: Path) -> None:
    os.chdir(path.parent)  # the path of a socket may not be long
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)


@pytest.mark.parametrize(
    "change", [to_a_link, to_a_relative_link, to_a_link_to_itself, to_nothing, Path.mkdir, to_a_pipe, to_a_socket]
)
def test_what_is_no_file_of_the_folder_any_more_is_not_found(
    folder: Path, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "a.txt").unlink()
    change(folder / "a.txt")
    with pytest.raises(FileNotFoundError):
        open_within(folder, folder / "a.txt")


@pytest.mark.parametrize("becomes", ["file", "link"])
def test_a_file_whose_folder_is_none_any_more_is_not_found(folder: Path, tmp_path: Path, becomes: str) -> None:
    (folder / "sub").rename(tmp_path / "elsewhere")
    if becomes == "file":
        (folder / "sub").write_text("x")
    else:
        (folder / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileNotFoundError):
        open_within(folder, folder / "sub/b.txt")


def test_a_folder_whose_name_begins_alike_is_another_one(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "public-not").mkdir()
    (tmp_path / "public-not/x.txt").write_text("x")
    (folder / "x.txt").symlink_to(tmp_path / "public-not/x.txt")
    with pytest.raises(FileNotFoundError):
        open_within(folder, folder / "x.txt")


def test_a_link_put_there_between_the_check_and_the_opening_is_not_followed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.path.realpath

    def check_then_change(path: str) -> str:
        found = real(path)
        if found.endswith("a.txt"):
            (folder / "a.txt").unlink()
            to_a_link(folder / "a.txt")
        return found

    monkeypatch.setattr(os.path, "realpath", check_then_change)
    with pytest.raises(FileNotFoundError):
        open_within(folder, folder / "a.txt")


@pytest.mark.parametrize(("start", "length"), [(0, 1_024_000), (0, 65_536), (3, 300_000), (1_023_999, 1), (7, 0)])
def test_exactly_the_range_is_read_in_bounded_chunks(folder: Path, start: int, length: int) -> None:
    reading = chunks(folder / "large.bin", start, length)
    read = list(reading)
    reading.close()
    assert b"".join(read) == (folder / "large.bin").read_bytes()[start : start + length]
    assert all(0 < len(chunk) <= 256 * 1024 for chunk in read)


def test_a_file_that_grew_sends_no_more_than_was_promised(folder: Path) -> None:
    reading = chunks(folder / "large.bin", 0, 1_024_000)
    total = 0
    for chunk in reading:
        total += len(chunk)
        with (folder / "large.bin").open("ab") as file:
            file.write(b"more")
    reading.close()
    assert total == 1_024_000


def test_a_file_replaced_while_it_is_sent_goes_out_as_it_was(folder: Path, tmp_path: Path) -> None:
    before = (folder / "large.bin").read_bytes()
    reading = chunks(folder / "large.bin", 0, len(before))
    sent = next(reading)
    (tmp_path / "other").write_bytes(b"x" * len(before))
    (tmp_path / "other").replace(folder / "large.bin")
    assert sent + b"".join(reading) == before
    reading.close()


def test_a_file_that_became_shorter_breaks_the_answer_off(folder: Path) -> None:
    reading = chunks(folder / "large.bin", 0, 1_024_001)
    with pytest.raises(EOFError, match=r"^large\.bin became shorter while it was being sent\.$"):
        list(reading)
    reading.close()


@pytest.mark.parametrize("how", ["close", "forget"])
def test_chunks_that_are_never_taken_leave_no_open_file(folder: Path, how: str) -> None:
    file, _ = open_within(folder, folder / "large.bin")
    reading = FileChunks(file, 1_024_000)
    if how == "close":
        reading.close()
    del reading
    assert file.closed
