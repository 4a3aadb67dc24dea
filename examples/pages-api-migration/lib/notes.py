"""The notes, which both forms of the API share; a real app has a database."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from itertools import count

SECRET = b"for-trying-it-out"


@dataclass
class Note:
    id: str
    text: str
    tags: list[str] = field(default_factory=list[str])


_numbers = count(1)
_notes: dict[str, Note] = {}


def add_note(text: str, tags: list[str]) -> Note:
    note = Note(str(next(_numbers)), text, tags)
    _notes[note.id] = note
    return note


def find_notes(tag: str | None = None) -> list[Note]:
    return [note for note in _notes.values() if tag is None or tag in note.tags]


def get_note(id: str) -> Note | None:
    return _notes.get(id)


def remove_note(id: str) -> bool:
    return _notes.pop(id, None) is not None


def is_signed(body: bytes, signature: str) -> bool:
    wanted = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode())


add_note("Water the plants", ["home"])
add_note("Read RFC 9110", ["work"])
