from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from byway.http.blob import Blob, File
from byway.http.forms import FormData
from byway.http.headers import Headers
from byway.http.outgoing import FetchedResponse, FetchError, PreparedRequest, build_request, redirected_request
from byway.http.request import Request
from byway.http.url import URL, URLSearchParams


def test_building_a_request_does_not_load_the_http_client() -> None:
    code = "import sys, byway.http.outgoing; sys.exit('httpx2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- Building requests ------------------------------------------------------------------------------------------------


def test_a_request_is_a_get_without_body_by_default() -> None:
    request = build_request("https://example.com/a?b=c#d")
    assert (request.method, request.url.href, request.body) == ("GET", "https://example.com/a?b=c#d", None)
    assert request.headers.items() == []


def test_a_relative_url_is_refused_with_its_cure() -> None:
    with pytest.raises(ValueError) as caught:
        build_request("/api/data")
    assert str(caught.value) == (
        'Invalid URL: "/api/data" is relative. Give it a base: URL("/api/data", request.url), '
        "or write it in full, with its scheme and host."
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://example.com/x", 'fetch() speaks http and https, not "ftp:" as in "ftp://example.com/x".'),
        ("data:text/plain,x", 'fetch() speaks http and https, not "data:" as in "data:text/plain,x".'),
        (
            "https://ann:secret@example.com/x",
            'fetch() takes no user name or password in a URL ("https://…@example.com"): '
            'send them in a header, headers={"authorization": …}.',
        ),
    ],
)
def test_only_http_urls_without_credentials_are_fetched(url: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        build_request(url)
    assert str(caught.value) == message


def test_a_url_is_copied_and_keeps_its_base_path_in_its_path() -> None:
    url = URL("https://example.com/docs/a", base_path="/docs")
    request = build_request(url)
    url.pathname = "/other"
    assert request.url.pathname == "/docs/a"


@pytest.mark.parametrize("method", ["TRACE", "connect", "G T", "", "GET\r\nX: y"])
def test_a_method_that_cannot_be_sent_is_refused(method: str) -> None:
    if not method:
        assert build_request("http://a.example/", method=method).method == "GET"
        return
    with pytest.raises(ValueError, match=r"fetch\(\) cannot send the method"):
        build_request("http://a.example/", method=method)


@pytest.mark.parametrize(
    ("body", "content", "content_type"),
    [
        ("é", "é".encode(), "text/plain;charset=UTF-8"),
        (b"x", b"x", None),
        (URLSearchParams({"a": "b c"}), b"a=b+c", "application/x-www-form-urlencoded;charset=UTF-8"),
    ],
)
def test_a_body_brings_its_content_type_along(body: Any, content: bytes, content_type: str | None) -> None:
    request = build_request("http://a.example/", method="post", body=body)
    assert (request.method, request.body, request.headers.get("content-type")) == ("POST", content, content_type)


def test_json_is_written_compactly_with_its_content_type() -> None:
    request = build_request("http://a.example/", method="POST", json={"a": [1, None]})
    assert (request.body, request.headers.get("content-type")) == (b'{"a":[1,null]}', "application/json")
    assert build_request("http://a.example/", method="PUT", json=None).body == b"null"


def test_a_content_type_that_is_given_is_kept() -> None:
    headers = {"Content-Type": "application/ld+json"}
    request = build_request("http://a.example/", method="POST", json={}, headers=headers)
    assert request.headers.get("content-type") == "application/ld+json"


def test_body_and_json_together_are_refused() -> None:
    with pytest.raises(TypeError, match=r"fetch\(\) takes body= or json=, not both\."):
        build_request("http://a.example/", method="POST", body="x", json={})


@pytest.mark.parametrize("given", [{"body": "x"}, {"json": {}}, {"body": "x", "method": "HEAD"}])
def test_a_get_or_head_request_has_no_body(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r'cannot have a body: give method="POST" or another one\.'):
        build_request("http://a.example/", **given)


def test_headers_of_the_connection_are_left_out() -> None:
    incoming = {
        "Host": "my.example",
        "Connection": "keep-alive, X-Hop",
        "X-Hop": "1",
        "Accept-Encoding": "br",
        "Transfer-Encoding": "chunked",
        "Content-Length": "10",
        "Cookie": "a=1",
        "X-Mine": "2",
    }
    assert build_request("http://a.example/", headers=incoming).headers.items() == [("cookie", "a=1"), ("x-mine", "2")]


def test_content_length_is_kept_for_a_streamed_body_only() -> None:
    headers = {"content-length": "3"}
    streamed = build_request("http://a.example/", method="PUT", headers=headers, body=iter([b"abc"]))
    buffered = build_request("http://a.example/", method="PUT", headers=headers, body=b"abcd")
    assert (streamed.headers.get("content-length"), buffered.headers.get("content-length")) == ("3", None)


def test_a_request_is_taken_over_with_its_body() -> None:
    given = Request("http://a.example/x", method="PUT", headers={"x-a": "1"}, body="text")
    request = build_request(given)
    assert (request.method, request.url.href, request.body) == ("PUT", "http://a.example/x", b"text")
    assert request.headers.items() == [("content-type", "text/plain;charset=UTF-8"), ("x-a", "1")]
    assert given.body_used
    with pytest.raises(TypeError, match="The body was already read"):
        build_request(given)


def test_what_is_given_beside_a_request_wins() -> None:
    given = Request("http://a.example/x", method="PUT", headers={"x-a": "1"}, body="text")
    request = build_request(given, method="PATCH", json=[1])
    assert (request.method, request.body) == ("PATCH", b"[1]")
    assert request.headers.items() == [("content-type", "application/json"), ("x-a", "1")]
    assert build_request(given, method="GET", headers={"x-b": "2"}).headers.items() == [("x-b", "2")]
    assert not given.body_used


def test_a_request_is_not_changed_by_being_fetched() -> None:
    given = Request("http://a.example/x", headers={"host": "b.example"})
    build_request(given).headers.set("x-a", "1")
    assert given.headers.items() == [("host", "b.example")]


# --- Redirects, as a function -----------------------------------------------------------------------------------------

SECRETS = {"authorization": "Bearer x", "cookie": "a=1", "x-a": "1"}


def prepared(method: str = "GET", **given: Any) -> PreparedRequest:
    return build_request("https://a.example/one/two?q", method=method, **given)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/three", "https://a.example/three"),
        ("three?x", "https://a.example/one/three?x"),
        ("//b.example/", "https://b.example/"),
        ("http://b.example:8080/x", "http://b.example:8080/x"),
        ("", "https://a.example/one/two?q"),
    ],
)
def test_a_location_is_joined_to_the_url_it_came_from(location: str, url: str) -> None:
    assert redirected_request(prepared(), 302, location).url.href == url


@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("PUT", 301, "PUT"),
        ("PUT", 302, "PUT"),
        ("PUT", 303, "GET"),
        ("DELETE", 303, "GET"),
    ],
)
def test_a_redirect_turns_a_method_into_get_as_browsers_do(method: str, status: int, then: str) -> None:
    request = redirected_request(prepared(method, json={"a": 1}, headers={"x-a": "1"}), status, "/three")
    assert request.method == then
    if then == "GET":
        assert (request.body, request.headers.items()) == (None, [("x-a", "1")])
    else:
        assert request.body == b'{"a":1}'
        assert request.headers.get("content-type") == "application/json"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirected_head_request_stays_one(status: int) -> None:
    assert redirected_request(prepared("HEAD"), status, "/three").method == "HEAD"


@pytest.mark.parametrize("location", ["https://b.example/", "http://a.example/", "https://a.example:444/"])
def test_secrets_are_not_sent_to_another_origin(location: str) -> None:
    request = redirected_request(prepared(headers=SECRETS), 302, location)
    assert request.headers.items() == [("x-a", "1")]


def test_secrets_stay_within_their_origin() -> None:
    request = redirected_request(prepared(headers=SECRETS), 302, "https://a.example/three")
    assert request.headers == Headers(SECRETS)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://[", "to 'http://[', which is no URL"),
        ("file:///etc/passwd", 'to a URL that begins with "file:", not with http: or https:'),
        ("https://ann:pass@b.example/", "to a URL that holds a user name or password"),
    ],
)
def test_a_redirect_that_cannot_be_followed_names_its_reason(location: str, why: str) -> None:
    with pytest.raises(FetchError) as caught:
        redirected_request(prepared(), 302, location)
    assert str(caught.value) == f"GET https://a.example/one/two was redirected (status 302) {why}."


def test_an_iterator_cannot_be_sent_to_a_second_place() -> None:
    with pytest.raises(FetchError, match="an iterator runs once: give bytes, or fetch the final URL"):
        redirected_request(prepared("PUT", body=iter([b"x"])), 307, "/three")
    assert redirected_request(prepared("POST", body=iter([b"x"])), 303, "/three").body is None


# --- Bodies -----------------------------------------------------------------------------------------------------------


def test_blobs_and_forms_know_their_length_and_other_bodies_leave_it_to_the_client() -> None:
    form = FormData()
    form.append("näme", "line\nbreak")
    form.append("file", File(b"x" * 1000, "ü.txt", "text/plain"))

    async def main() -> None:
        blob, sent = prepared("PUT", body=Blob(b"blob")), prepared("PUT", body=form)
        assert await blob.content_length() == 4
        content = sent.content()
        assert isinstance(content, AsyncIterator)
        assert await sent.content_length() == len(b"".join([chunk async for chunk in content]))
        for request in (prepared(), prepared("PUT", body=b"x"), prepared("PUT", body=["x"])):
            assert await request.content_length() is None

    asyncio.run(main())


def test_a_body_that_is_no_iterator_begins_anew_each_time_it_is_sent() -> None:
    async def main() -> None:
        request = prepared("PUT", body=["a", b"b"])
        for _ in range(2):
            content = request.content()
            assert isinstance(content, AsyncIterator)
            assert [chunk async for chunk in content] == [b"a", b"b"]

    asyncio.run(main())
    assert prepared("PUT", body="a").content() == b"a"
    assert prepared().content() is None


# --- Responses --------------------------------------------------------------------------------------------------------


def test_a_fetched_response_knows_where_it_came_from() -> None:
    response = FetchedResponse("x", status=201, url="https://a.example/", redirected=True)
    assert (response.status, response.url, response.redirected) == (201, "https://a.example/", True)
    assert (FetchedResponse().url, FetchedResponse().redirected) == ("", False)


def test_a_replayed_answer_is_made_of_its_parts_as_they_are() -> None:
    raw = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    response = FetchedResponse.replayed(404, raw, b"gone", "https://a.example/", True)
    assert (response.status, response.url, response.redirected) == (404, "https://a.example/", True)
    assert response.raw_headers() == raw
    assert asyncio.run(response.text()) == "gone"
    assert FetchedResponse.replayed(204, [], None, "https://a.example/", False).body is None


def test_a_replayed_answer_may_stream() -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    async def main() -> None:
        body = FetchedResponse.replayed(200, [], stream(), "https://a.example/", False).body
        assert body is not None
        assert [chunk async for chunk in body] == [b"a", b"b"]

    asyncio.run(main())
