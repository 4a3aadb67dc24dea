"""The recipe examples/recipes/database keeps the rules that its page states."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from byway.testing import Client

Start = Callable[..., Client]


@pytest.fixture
def notes(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("DATABASE", str(tmp_path / "notes.db"))
    return start("database")


def test_notes_are_added_listed_read_and_deleted(notes: Client) -> None:
    added = notes.post("/notes", json={"text": "it's; --"})
    assert (added.status_code, added.headers["location"]) == (201, "/notes/1")
    assert notes.get("/notes").json() == [added.json()]
    assert notes.get("/notes/1").json()["text"] == "it's; --"
    assert notes.delete("/notes/1").status_code == 204
    assert notes.delete("/notes/1").status_code == 404
    assert notes.get("/notes/1").status_code == 404
    assert notes.get("/notes/1%20OR%201=1").status_code == 404


def test_what_raises_in_a_transaction_is_rolled_back(notes: Client) -> None:
    db = sys.modules["lib.db"]

    class Interrupt(BaseException):
        """Like not_found(), which is no Exception either."""

    with pytest.raises(Interrupt), db.pool().transaction() as connection:
        connection.execute("INSERT INTO notes (text) VALUES ('a')")
        raise Interrupt
    assert notes.get("/notes").json() == []


def test_many_requests_at_once_share_the_pool(notes: Client) -> None:
    threads = [threading.Thread(target=notes.post, args=("/notes",), kwargs={"json": {"text": "x"}}) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(note["id"] for note in notes.get("/notes").json()) == list(range(1, 25))


def test_who_finds_no_free_connection_waits_only_so_long(notes: Client, tmp_path: Path) -> None:
    pool = sys.modules["lib.db"].Pool(str(tmp_path / "other.db"), size=1, timeout=0.01)
    with pool.transaction(), pytest.raises(TimeoutError), pool.transaction():
        pass
    pool.close()


def test_the_pool_is_closed_when_the_app_stops(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE", str(tmp_path / "notes.db"))
    client = start("database")
    pool = sys.modules["lib.db"].pool()
    client.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"), pool.transaction() as connection:
        connection.execute("SELECT 1")
