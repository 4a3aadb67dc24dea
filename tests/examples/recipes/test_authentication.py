"""The recipe examples/recipes/authentication keeps the rules that its page states."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from byway.testing import Client

Start = Callable[..., Client]


PASSWORD = {"name": "ada", "password": "correct horse battery staple"}
SAME_ORIGIN = {"sec-fetch-site": "same-origin"}


def test_signing_in_sets_a_session_and_redirects_with_303(start: Start) -> None:
    client = start("authentication")
    answer = client.post("/login", data=PASSWORD, headers=SAME_ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    attributes = answer.headers["set-cookie"].lower()
    assert "httponly" in attributes
    assert "samesite=lax" in attributes
    assert "max-age=604800" in attributes
    assert "signed in as ada" in client.get("/account").text
    assert client.get("/api/me").json() == {"name": "ada"}


def test_the_session_cookie_is_secure_on_https(start: Start) -> None:
    client = start("authentication", base_url="https://example.com")
    assert "secure" in client.post("/login", data=PASSWORD, headers=SAME_ORIGIN).headers["set-cookie"].lower()


def test_without_a_session_pages_redirect_and_programs_get_401(start: Start) -> None:
    client = start("authentication")
    assert client.get("/account").headers["location"] == "/login"
    assert client.get("/api/me").status_code == 401


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_a_wrong_password_and_an_unknown_name_look_the_same(start: Start, name: str) -> None:
    answer = start("authentication").post("/login", data={"name": name, "password": "x"}, headers=SAME_ORIGIN)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert "set-cookie" not in answer.headers


def test_logging_out_deletes_the_session(start: Start) -> None:
    client = start("authentication")
    client.post("/login", data=PASSWORD, headers=SAME_ORIGIN)
    answer = client.post("/logout", headers=SAME_ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert client.get("/api/me").status_code == 401
    assert client.get("/logout").status_code == 405


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://testserver"}, 403),
        ({"origin": "http://testserver"}, 303),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_a_form_of_another_site_is_refused(start: Start, headers: dict[str, str], status: int) -> None:
    client = start("authentication")
    assert client.post("/logout", headers=headers).status_code == status


def test_a_session_is_good_only_as_it_was_signed_and_until_it_expires(start: Start) -> None:
    start("authentication")
    auth = sys.modules["lib.auth"]
    session: str = auth.new_session("ada", expires=100)
    payload, signature = session.split(".")
    forged, _ = auth.new_session("eve", expires=100).split(".")
    assert auth.read_session(session, now=99) == "ada"
    assert auth.read_session(session, now=100) is None
    for wrong in ("", ".", "a.b", "é.é", payload, f"{forged}.{signature}", f"{payload}.", f"{session}.{signature}"):
        assert auth.read_session(wrong, now=99) is None


def test_a_session_of_another_secret_is_no_session(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    start("authentication")
    auth = sys.modules["lib.auth"]
    session = auth.new_session("ada", expires=100)
    monkeypatch.setenv("SESSION_SECRET", "another")
    assert auth.read_session(session, now=99) is None


def test_a_password_is_stored_salted(start: Start) -> None:
    start("authentication")
    passwords = sys.modules["lib.passwords"]
    one, two = passwords.hash_password("secret"), passwords.hash_password("secret")
    assert one != two
    assert passwords.verify_password("secret", one)
    assert not passwords.verify_password("Secret", one)
    assert not passwords.verify_password("secret", None)


def test_an_app_without_its_secret_does_not_start(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_SECRET", "")
    with pytest.raises(RuntimeError, match="SESSION_SECRET is not set"):
        start("authentication")
