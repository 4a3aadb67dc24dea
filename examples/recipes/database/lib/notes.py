"""Notes in the database: every statement about them is here."""

from dataclasses import dataclass

from lib.db import pool


@dataclass
class NewNote:
    text: str


@dataclass
class Note(NewNote):
    id: int
    created: str


def list_notes() -> list[Note]:
    with pool().transaction() as db:
        rows = db.execute("SELECT id, text, created FROM notes ORDER BY id DESC LIMIT 100")
        return [Note(**row) for row in rows]


def find_note(id: str) -> Note | None:
    with pool().transaction() as db:
        row = db.execute("SELECT id, text, created FROM notes WHERE id = ?", (id,)).fetchone()
        return None if row is None else Note(**row)


def add_note(note: NewNote) -> Note:
    with pool().transaction() as db:
        row = db.execute("INSERT INTO notes (text) VALUES (?) RETURNING id, text, created", (note.text,)).fetchone()
        return Note(**row)


def delete_note(id: str) -> bool:
    """Whether there was such a note."""
    with pool().transaction() as db:
        return db.execute("DELETE FROM notes WHERE id = ?", (id,)).rowcount > 0
