"""Both forms of the example API answer alike."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest

from byway.testing import Client

EXAMPLE = Path(__file__).parents[2] / "examples" / "pages-api-migration"

both = pytest.mark.parametrize("form", ["old", "new"])


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(EXAMPLE) as client:
        yield client


@both
def test_notes_are_listed_and_filtered(client: Client, form: str) -> None:
    assert [note["id"] for note in client.get(f"/api/{form}/notes").json()] == ["1", "2"]
    assert client.get(f"/api/{form}/notes?tag=home").json() == [
        {"id": "1", "text": "Water the plants", "tags": ["home"]}
    ]


@both
def test_a_note_that_is_added_is_seen_by_both(client: Client, form: str) -> None:
    answer = client.post(f"/api/{form}/notes", json={"text": "Tea"})
    assert (answer.status_code, answer.json()) == (201, {"id": "3", "text": "Tea", "tags": []})
    assert client.get("/api/old/notes/3").json() == client.get("/api/new/notes/3").json() == answer.json()


@both
def test_a_note_without_text_or_without_json_is_a_400(client: Client, form: str) -> None:
    answer = client.post(f"/api/{form}/notes", json={})
    assert (answer.status_code, answer.json()) == (400, {"error": "text is missing"})
    json = {"content-type": "application/json"}
    assert client.post(f"/api/{form}/notes", content=b"{", headers=json).status_code == 400


@both
def test_a_note_is_removed_once(client: Client, form: str) -> None:
    assert client.delete(f"/api/{form}/notes/1").status_code == 204
    assert client.delete(f"/api/{form}/notes/1").status_code == 404
    answer = client.get(f"/api/{form}/notes/1")
    assert (answer.status_code, answer.json()) == (404, {"error": "no such note"})


@both
def test_other_methods_are_a_405_that_says_which_there_are(client: Client, form: str) -> None:
    answer = client.put(f"/api/{form}/notes")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


@both
def test_a_login_sets_a_cookie_and_redirects(client: Client, form: str) -> None:
    answer = client.post(f"/api/{form}/login", data={"name": "Ada L"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/api/{form}/notes")
    assert answer.headers["set-cookie"] == "name=Ada%20L; Path=/; HttpOnly"


@both
def test_the_export_is_csv(client: Client, form: str) -> None:
    answer = client.get(f"/api/{form}/export")
    assert answer.text == "id,text\n1,Water the plants\n2,Read RFC 9110\n"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


@both
def test_the_webhook_checks_what_was_sent(client: Client, form: str) -> None:
    body = b'{ "odd":"spaces" }'
    signature = "sha256=" + hmac.new(b"for-trying-it-out", body, hashlib.sha256).hexdigest()
    headers = {"x-signature": signature, "content-type": "application/json"}
    assert client.post(f"/api/{form}/webhook", content=body, headers=headers).json() == {"received": len(body)}
    assert client.post(f"/api/{form}/webhook", content=body + b" ", headers=headers).status_code == 401
    assert client.post(f"/api/{form}/webhook", content=body).status_code == 401
