"""The example app of route handlers does what its README says."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from byway.testing import Client

EXAMPLE = Path(__file__).parents[2] / "examples" / "route-handlers"


@pytest.fixture(scope="module")
def running() -> Iterator[Client]:
    with Client(EXAMPLE) as client:
        yield client


@pytest.fixture
def client(running: Client) -> Client:
    running.cookies.clear()
    return running


def test_the_index_is_a_page_of_html(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Route handlers</h1>" in answer.text


def test_every_link_of_the_index_leads_somewhere(client: Client) -> None:
    links = {part.partition('"')[0] for part in client.get("/").text.split('href="')[1:]}
    assert len(links) > 20
    statuses = {link: client.get(link).status_code for link in links}
    assert {link for link, status in statuses.items() if status >= 400} == {"/items/z"}


def test_hello(client: Client) -> None:
    assert client.get("/api/hello").json() == {"message": "Hello World"}


@pytest.mark.parametrize(
    ("method", "status", "text"),
    [("GET", 200, "GET: read"), ("POST", 201, "POST: created"), ("PUT", 200, "PUT: replaced"),
     ("PATCH", 200, "PATCH: changed"), ("DELETE", 204, ""), ("HEAD", 200, ""), ("OPTIONS", 204, "")],
)  # fmt: skip
def test_methods(client: Client, method: str, status: int, text: str) -> None:
    answer = client.request(method, "/api/methods")
    assert (answer.status_code, answer.text) == (status, text)


def test_options_lists_the_methods(client: Client) -> None:
    allow = client.options("/api/methods").headers["allow"]
    assert set(allow.split(", ")) == {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}


def test_url_and_query(client: Client) -> None:
    parts = client.get("/api/url?a=1").json()
    assert (parts["pathname"], parts["search"]) == ("/api/url", "?a=1")
    assert client.get("/api/search?query=hello").json() == {"query": "hello"}
    assert client.get("/api/search").json() == {"query": None}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/items/b", {"slug": "b", "name": "Bicycle"}),
        ("/dashboard/1", {"team": "1"}),
        ("/shop/1/2", {"tag": "1", "item": "2"}),
        ("/blog/1/2", {"slug": ["1", "2"]}),
        ("/users/42", {"id": "42"}),
    ],
)
def test_dynamic_segments(client: Client, path: str, answer: object) -> None:
    assert client.get(path).json() == answer


def test_an_unknown_item_is_not_found(client: Client) -> None:
    assert client.get("/items/z").status_code == 404


def test_cookies_with_the_store(client: Client) -> None:
    answer = client.get("/cookies/store", headers={"Cookie": "a=7; c=9"})
    assert answer.json() == {"a": "7"}
    set_b, delete_c = sorted(answer.headers.get_list("set-cookie"))
    assert set_b == "b=1; Path=/"
    assert delete_c.startswith("c=;")


def test_cookies_with_a_header(client: Client) -> None:
    answer = client.get("/cookies/header", headers={"Cookie": "token=abc"})
    assert answer.headers["set-cookie"] == "token=abc"
    assert answer.text == "Hello, Byway!"


def test_cookies_of_request_and_response(client: Client) -> None:
    answer = client.get("/cookies/request", headers={"Cookie": "token=abc"})
    assert answer.json() == {"token": "abc"}
    assert answer.headers["set-cookie"].startswith("seen=yes;")
    assert "httponly" in answer.headers["set-cookie"].lower()


def test_headers(client: Client) -> None:
    sent = {"Referer": "http://a.test/", "User-Agent": "ua/1"}
    assert client.get("/headers/read", headers=sent).json() == {"referer": "http://a.test/", "user_agent": "ua/1"}
    assert client.get("/headers/respond", headers=sent).headers["referer"] == "http://a.test/"
    assert "referer" not in client.get("/headers/respond").headers
    assert client.get("/headers/copy").json() == {"added": "yes", "original": None}


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [("/redirect", 307, "https://nextjs.org/"), ("/redirect/moved", 308, "/api/hello")],
)
def test_redirects(client: Client, path: str, status: int, location: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (status, location)


def test_streaming(client: Client) -> None:
    with client.stream("GET", "/api/stream") as answer:
        assert "".join(answer.iter_text()) == "<p>One</p><p>Two</p><p>Three</p>"


def test_chat_answers_the_last_message(client: Client) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    with client.stream("POST", "/api/chat", json={"messages": messages}) as answer:
        assert "".join(answer.iter_text()).startswith("You said “Hi”. ")


def test_chat_lists_what_is_wrong_with_its_messages(client: Client) -> None:
    answer = client.post("/api/chat", json={"messages": [{"role": "nobody", "content": "Hi"}]})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "role" in answer.text


def test_json_body(client: Client) -> None:
    assert client.post("/items", json={"a": [1, None]}).json() == {"res": {"a": [1, None]}}
    assert client.post("/items", content=b"{").status_code == 400


def test_form_data(client: Client) -> None:
    form = {"name": "Ann Lee", "email": "ann@example.com"}
    assert client.post("/form", data=form).json() == form


def test_validated_form_data(client: Client) -> None:
    form = {"name": "Ann", "email": "ann@example.com", "age": "36"}
    assert client.post("/form/validated", data=form).json() == {**form, "age": 36}
    wrong = client.post("/form/validated", data={"name": "Ann", "age": "x"})
    assert wrong.status_code == 422
    assert "email" in wrong.text
    assert "age" in wrong.text


def test_upload(client: Client) -> None:
    data = bytes(range(256)) * 1000
    answer = client.post("/upload", files={"file": ("a b.bin", data, "application/octet-stream")})
    assert answer.json() == {
        "name": "a b.bin",
        "type": "application/octet-stream",
        "size": 256_000,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    assert client.post("/upload", data={"file": "text"}).status_code == 400


def test_cors(client: Client) -> None:
    preflight = client.options("/cors", headers={"Origin": "https://o.test", "Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 204
    for answer in (preflight, client.get("/cors", headers={"Origin": "https://o.test"})):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == "GET, POST, PUT, DELETE, OPTIONS"


def test_webhook(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", "secret")

    def sign(body: bytes) -> dict[str, str]:
        return {"X-Signature-256": "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()}

    paid = b'{"event": "paid"}'
    good = client.post("/webhook", content=paid, headers=sign(paid))
    assert (good.status_code, good.text) == (200, "Success!")
    for headers in ({}, sign(b"another body")):
        forged = client.post("/webhook", content=paid, headers=headers)
        assert (forged.status_code, forged.text) == (400, "Webhook error: wrong signature")
    assert client.post("/webhook", content=b"{", headers=sign(b"{")).status_code == 400


def test_rss(client: Client) -> None:
    answer = client.get("/rss.xml")
    assert answer.headers["content-type"] == "text/xml"
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8" ?>\n<rss version="2.0">')


def test_the_action_is_logged_after_the_answer(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="example.actions"):
        answer = client.post("/api/action", headers={"User-Agent": "ua/1", "Cookie": "session-id=s1"})
        assert answer.json() == {"status": "success"}
        client.drain()
    assert caplog.messages == ["action by s1 with ua/1"]


def test_segment_config(client: Client) -> None:
    assert client.get("/config").json() == {"max_duration": 5}
