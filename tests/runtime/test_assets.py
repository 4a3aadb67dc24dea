"""The files of ``public/`` through a whole app."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import httpx2
import pytest

from byway.runtime import assets
from byway.runtime.files import open_within
from byway.runtime.threads import Threads
from byway.testing import Client

from ..support import route, write_app


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    write_app(
        tmp_path,
        {
            "app/route.py": route("async def GET(): return Response('home')"),
            "app/[id]/route.py": route("async def GET(): return Response('dynamic')"),
            "public/top.txt": "0123456789",
            "public/empty.txt": "",
            "public/large.txt": "x" * 65537,
            "public/sub/a b.txt": "spaced",
            "public/50%.txt": "percent",
            "public/é.txt": "accent",
            "public/.well-known/x.txt": "known",
        },
    )
    with Client(tmp_path) as client:
        yield client


def test_a_file_is_served_with_validators(client: Client) -> None:
    answer = client.get("/top.txt")
    assert (answer.status_code, answer.text) == (200, "0123456789")
    assert answer.headers["content-length"] == "10"
    assert answer.headers["content-type"] == "text/plain; charset=UTF-8"
    again = client.get("/top.txt", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_wins_over_a_dynamic_route(client: Client) -> None:
    assert client.get("/top.txt").text == "0123456789"
    assert client.get("/other.txt").text == "dynamic"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/sub/a%20b.txt", "spaced"),
        ("/50%25.txt", "percent"),
        ("/%C3%A9.txt", "accent"),
        ("/%74op.txt", "0123456789"),
        ("/.well-known/x.txt", "known"),
    ],
)
def test_a_path_is_decoded_once(client: Client, path: str, text: str) -> None:
    assert client.get(path).text == text


def test_an_empty_file_is_empty(client: Client) -> None:
    answer = client.get("/empty.txt")
    assert (answer.status_code, answer.headers["content-length"], answer.text) == (200, "0", "")


def test_head_has_the_length_and_no_body(client: Client) -> None:
    answer = client.head("/top.txt")
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "10", b"")


def test_a_part_is_a_206_and_one_beyond_the_end_a_416(client: Client) -> None:
    part = client.get("/top.txt", headers={"range": "bytes=2-4"})
    assert (part.status_code, part.text, part.headers["content-range"]) == (206, "234", "bytes 2-4/10")
    assert part.headers["content-length"] == "3"
    beyond = client.get("/top.txt", headers={"range": "bytes=20-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */10")


def test_other_methods_are_a_405_with_allow(client: Client) -> None:
    answer = client.post("/top.txt")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert client.options("/top.txt").status_code == 204


def test_a_file_that_went_away_is_a_404(client: Client, tmp_path: Path) -> None:
    (tmp_path / "public/top.txt").unlink()
    assert client.get("/top.txt").status_code == 404


def test_a_changed_file_is_served_as_it_is_now(client: Client, tmp_path: Path) -> None:
    (tmp_path / "public/top.txt").write_text("changed, and longer")
    assert client.get("/top.txt").text == "changed, and longer"


@pytest.mark.parametrize("path", ["/..%2fapp%2froute.py", "/sub/..%2f..%2fapp/route.py", "/sub%2Fa%20b.txt"])
def test_no_path_leads_out_of_the_folder(client: Client, path: str) -> None:
    answer = client.get(path)
    assert "Response" not in answer.text
    assert answer.text in ("dynamic",) or answer.status_code == 404


def large(root: Path) -> bytes:
    data = bytes(range(256)) * 4000
    (root / "public/top.txt").write_bytes(data)
    return data


def test_a_large_file_is_sent_in_chunks(client: Client, tmp_path: Path) -> None:
    data = large(tmp_path)
    answer = client.get("/top.txt")
    assert (answer.status_code, answer.content) == (200, data)
    part = client.get("/top.txt", headers={"range": "bytes=7-800006"})
    assert (part.status_code, part.headers["content-length"], part.content) == (206, "800000", data[7:800007])


def test_a_file_replaced_by_a_link_out_of_the_folder_is_a_404(client: Client, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("TOP SECRET")
    (tmp_path / "public/top.txt").unlink()
    (tmp_path / "public/top.txt").symlink_to("../secret.txt")
    for method in ("GET", "HEAD", "POST"):
        assert client.request(method, "/top.txt").status_code == 404
    assert "SECRET" not in client.get("/top.txt").text


def test_a_file_that_became_a_folder_is_a_404_and_so_is_one_whose_folder_became_a_file(
    client: Client, tmp_path: Path
) -> None:
    (tmp_path / "public/top.txt").unlink()
    (tmp_path / "public/top.txt").mkdir()
    assert client.get("/top.txt").status_code == 404
    (tmp_path / "public/sub/a b.txt").unlink()
    (tmp_path / "public/sub").rmdir()
    (tmp_path / "public/sub").write_text("x")
    assert client.get("/sub/a%20b.txt").status_code == 404


@pytest.mark.parametrize(
    ("path", "headers", "is_large"),
    [
        ("/top.txt", {}, False),
        ("/top.txt", {"range": "bytes=2-4"}, False),
        ("/top.txt", {"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}, False),
        ("/empty.txt", {}, False),
        ("/large.txt", {"range": "bytes=2-4"}, False),
        ("/large.txt", {}, True),
    ],
)
def test_only_the_chunks_of_a_large_file_are_read_in_threads_of_the_app(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch, path: str, headers: dict[str, str], is_large: bool
) -> None:
    client.get(path)
    run, seen = Threads.run, list[object]()

    async def counted(self: Threads, function: Any, *args: Any) -> Any:
        seen.append(function)
        return await run(self, function, *args)

    async def to_thread(*args: Any) -> None:
        raise AssertionError("a thread that is not the app's")

    monkeypatch.setattr(Threads, "run", counted)
    monkeypatch.setattr(asyncio, "to_thread", to_thread)
    client.get(path, headers=headers)
    assert bool(seen) is is_large


@pytest.mark.parametrize("how", ["whole", "left", "shorter", "head"])
def test_the_file_is_closed_however_its_answer_ends(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    large(tmp_path)
    opened: list[BinaryIO] = []

    def open_and_keep(folder: Path, path: Path) -> tuple[BinaryIO, os.stat_result]:
        file, state = open_within(folder, path)
        opened.append(file)
        return file, state

    monkeypatch.setattr(assets, "open_within", open_and_keep)
    match how:
        case "whole":
            client.get("/top.txt")
        case "head":
            client.head("/top.txt")
        case "left":
            with client.stream("GET", "/top.txt") as answer:
                next(answer.iter_raw())
        case _:
            with client.stream("GET", "/top.txt") as answer:
                os.truncate(tmp_path / "public/top.txt", 1000)
                with pytest.raises(httpx2.RemoteProtocolError):
                    answer.read()
    (file,) = opened
    assert file.closed
