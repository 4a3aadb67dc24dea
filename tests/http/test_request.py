from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from byway.http.abort import AbortSignal
from byway.http.body import Limits
from byway.http.errors import BodyError, BodyTooLarge, ValidationError
from byway.http.forms import File, FormData
from byway.http.headers import RawHeaders
from byway.http.request import Request
from byway.http.url import URL, URLSearchParams

MULTIPART = (
    b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    b'--B\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n'
    b"--B--\r\n"
)


class FakeConnection:
    """A client that has sent ``chunks``."""

    def __init__(self, raw: RawHeaders, *chunks: bytes, base_path: str = "") -> None:
        self.base_path = base_path
        self.raw = raw
        self.chunks = list(chunks)
        self.reads = 0
        self.asked_for_headers = 0
        self.watched: list[AbortSignal] = []

    def url(self) -> URL:
        return URL.from_parts("http", "example.com:8000", "/a%20b", "q=1&q=2", base_path=self.base_path)

    def headers(self) -> RawHeaders:
        self.asked_for_headers += 1
        return self.raw

    def names_cookie(self, name: bytes) -> bool:
        return any(key == b"cookie" and name in value for key, value in self.raw)

    async def read(self) -> bytes:
        self.reads += 1
        return self.chunks.pop(0) if self.chunks else b""

    def watch(self, signal: AbortSignal) -> None:
        self.watched.append(signal)


def received(
    method: str = "POST",
    *chunks: bytes,
    headers: RawHeaders | None = None,
    limits: Limits | None = None,
    base_path: str = "",
) -> tuple[Request, FakeConnection]:
    connection = FakeConnection(headers or [], *chunks, base_path=base_path)
    return Request.received(method, connection, limits or Limits()), connection


def test_a_received_request_has_the_url_the_client_used() -> None:
    request, _ = received()
    assert str(request.url) == "http://example.com:8000/a%20b?q=1&q=2"
    assert request.next_url is request.url
    assert request.url.search_params.get_all("q") == ["1", "2"]
    assert request.method == "POST"


def test_the_base_path_is_in_the_href_and_not_in_the_pathname() -> None:
    request, _ = received(base_path="/docs")
    assert request.url.pathname == "/a%20b"
    assert request.url.href == "http://example.com:8000/docs/a%20b?q=1&q=2"


def test_nothing_is_parsed_or_asked_for_before_it_is_needed() -> None:
    request, connection = received()
    assert request.method == "POST"
    assert not request.body_used
    assert (connection.reads, connection.asked_for_headers, connection.watched) == (0, 0, [])


def test_headers_are_asked_for_once_and_may_be_changed() -> None:
    request, connection = received(headers=[(b"x-a", b"1")])
    request.headers.set("x-a", "2")
    assert request.headers.get("X-A") == "2"
    assert connection.asked_for_headers == 1
    assert connection.raw == [(b"x-a", b"1")]


def test_cookies_split_over_several_headers_are_joined() -> None:
    request, _ = received(headers=[(b"cookie", b"a=1"), (b"cookie", b"b=2; c=3")])
    assert [(cookie.name, cookie.value) for cookie in request.cookies.get_all()] == [("a", "1"), ("b", "2"), ("c", "3")]


def test_changing_the_cookies_changes_the_header() -> None:
    request, _ = received(headers=[(b"cookie", b"a=1; b=2")])
    request.cookies.delete("a")
    request.cookies.set("c", "x y")
    assert request.headers.get("cookie") == "b=2; c=x%20y"
    request.cookies.clear()
    assert not request.headers.has("cookie")


def test_the_client_is_watched_from_the_first_access_of_the_signal_on() -> None:
    request, connection = received()
    signal = request.signal
    assert request.signal is signal
    assert connection.watched == [signal]


def test_the_body_is_read_in_every_way() -> None:
    async def main() -> None:
        assert await received("POST", b"a", b"b")[0].bytes() == b"ab"
        assert await received("POST", "é".encode()[:1], "é".encode()[1:])[0].text() == "é"
        assert await received("POST", b'{"a":', b"1}")[0].json() == {"a": 1}
        body = received("POST", b"a", b"b")[0].body
        assert body is not None
        assert [chunk async for chunk in body] == [b"a", b"b"]
        blob = await received("POST", b"ab", headers=[(b"content-type", b"Image/PNG")])[0].blob()
        assert (blob.type, await blob.bytes()) == ("image/png", b"ab")

    asyncio.run(main())


def test_text_loses_its_byte_order_mark_and_replaces_what_is_no_utf_8() -> None:
    async def main() -> None:
        assert await received("POST", b"\xef\xbb\xbfa")[0].text() == "a"
        assert await received("POST", b"a\xff")[0].text() == "a\ufffd"

    asyncio.run(main())


def test_a_body_is_read_once_whatever_reads_it() -> None:
    async def main() -> None:
        request, _ = received("POST", b"1")
        assert await request.json() == 1
        assert request.body_used
        for read in (request.bytes, request.text, request.json, request.blob):
            with pytest.raises(TypeError, match="The body was already read; it can be read once"):
                await read()

    asyncio.run(main())


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_get_and_head_have_no_body_even_when_the_client_sends_one(method: str) -> None:
    async def main() -> None:
        request, connection = received(method, b"smuggled")
        assert request.body is None
        assert await request.bytes() == b""
        assert connection.reads == 0

    asyncio.run(main())


def test_a_body_beyond_the_limit_is_too_large() -> None:
    async def main() -> None:
        limits = Limits(max_body_size=3)
        request, connection = received("POST", b"ab", b"cd", limits=limits)
        with pytest.raises(BodyTooLarge, match=r"larger than 3 bytes; Config\(max_body_size=…\)"):
            await request.bytes()
        request, connection = received("POST", b"abcd", headers=[(b"content-length", b"4")], limits=limits)
        with pytest.raises(BodyTooLarge):
            await request.text()
        assert connection.reads == 0
        for length in (b"x", b"-1", b"", "²".encode("latin-1")):
            request, _ = received("POST", b"abc", headers=[(b"content-length", length)], limits=limits)
            assert await request.text() == "abc"

    asyncio.run(main())


def test_multipart_is_read_with_its_files() -> None:
    async def main() -> None:
        content_type = b'multipart/form-data; charset=utf-8; boundary="B"'
        request, _ = received("POST", MULTIPART, headers=[(b"content-type", content_type)])
        form = await request.form_data()
        file = form.get("f")
        assert form.get("a") == "1"
        assert isinstance(file, File)
        assert (file.name, file.type, await file.text()) == ("x.txt", "text/plain", "hello")

    asyncio.run(main())


def test_an_urlencoded_form_is_read_whatever_the_parameters_and_case_of_its_type() -> None:
    async def main() -> None:
        for content_type in (b"application/x-www-form-urlencoded", b"Application/X-WWW-Form-URLencoded; charset=UTF-8"):
            request, _ = received("POST", b"a=1&a=2&b=%C3%A9+x", headers=[(b"content-type", content_type)])
            assert (await request.form_data()).items() == [("a", "1"), ("a", "2"), ("b", "é x")]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        (b"multipart/form-data", "The body's content type is multipart/form-data without a boundary."),
        (
            b"application/json",
            "The body is no form: its content type is 'application/json', not "
            "multipart/form-data or application/x-www-form-urlencoded.",
        ),
        (
            None,
            "The body is no form: its content type is 'missing', not "
            "multipart/form-data or application/x-www-form-urlencoded.",
        ),
    ],
)
def test_what_is_no_form_is_a_body_error(content_type: bytes | None, message: str) -> None:
    request, _ = received("POST", b"x", headers=[(b"content-type", content_type)] if content_type else [])
    with pytest.raises(BodyError) as caught:
        asyncio.run(request.form_data())
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "content_type", [b"multipart/form-data; boundary=", b"\xff", b";;;", b"multipart/form-data; x"]
)
def test_a_hostile_content_type_is_a_body_error(content_type: bytes) -> None:
    request, _ = received("POST", b"x", headers=[(b"content-type", content_type)])
    with pytest.raises(BodyError):
        asyncio.run(request.form_data())


def test_the_parts_of_a_form_are_limited() -> None:
    request, _ = received(
        "POST",
        MULTIPART,
        headers=[(b"content-type", b"multipart/form-data; boundary=B")],
        limits=Limits(max_form_parts=1),
    )
    with pytest.raises(BodyTooLarge, match="max_form_parts"):
        asyncio.run(request.form_data())


def test_the_fields_of_an_urlencoded_form_are_limited() -> None:
    request, _ = received(
        "POST",
        b"a=1&b=2",
        headers=[(b"content-type", b"application/x-www-form-urlencoded")],
        limits=Limits(max_form_parts=1),
    )
    with pytest.raises(BodyTooLarge, match="max_form_parts"):
        asyncio.run(request.form_data())


@dataclass
class Item:
    name: str
    price: float = 0


def test_json_and_forms_validate_into_a_model() -> None:
    async def main() -> None:
        assert await received("POST", b'{"name":"a"}')[0].json(Item) == Item("a")
        form_type = [(b"content-type", b"application/x-www-form-urlencoded")]
        assert await received("POST", b"name=a&price=1.5", headers=form_type)[0].form_data(Item) == Item("a", 1.5)
        with pytest.raises(ValidationError, match=r"name: This field is required\."):
            await received("POST", b"{}")[0].json(Item)
        with pytest.raises(BodyError, match="empty"):
            await received("POST")[0].json(Item)

    asyncio.run(main())


def test_a_clone_reads_the_body_again() -> None:
    async def main() -> None:
        request, connection = received("POST", b"a", b"b", headers=[(b"x-a", b"1")])
        copy = request.clone()
        copy.headers.set("x-a", "2")
        assert request.headers.get("x-a") == "1"
        assert (await copy.text(), await request.text()) == ("ab", "ab")
        assert connection.reads == 3
        with pytest.raises(TypeError, match=r"already read; clone\(\) must come before"):
            request.clone()
        assert (copy.method, str(copy.url)) == (request.method, str(request.url))

    asyncio.run(main())


def test_a_clone_of_a_get_request_has_no_body() -> None:
    request, _ = received("GET")
    assert request.clone().body is None


def test_a_clone_shares_the_signal_and_the_limits() -> None:
    request, connection = received("POST", b"abcd", limits=Limits(max_body_size=3))
    signal = request.signal
    copy = request.clone()
    assert copy.signal is signal
    assert connection.watched == [signal]
    with pytest.raises(BodyTooLarge):
        asyncio.run(copy.bytes())


def test_a_request_can_be_made_by_hand() -> None:
    async def main() -> None:
        request = Request("http://a.b/c?d=1", method="post", headers={"X-A": "1"}, body="é")
        assert (request.method, request.url.pathname) == ("POST", "/c")
        assert request.headers.get("content-type") == "text/plain;charset=UTF-8"
        assert await request.text() == "é"
        assert Request(URL("http://a.b/")).body is None
        assert not request.signal.aborted

    asyncio.run(main())


def test_a_content_type_of_ones_own_wins_over_the_bodys() -> None:
    request = Request("http://a.b/", method="POST", headers={"Content-Type": "text/csv"}, body="a,b")
    assert request.headers.get("content-type") == "text/csv"


def test_a_request_made_by_hand_may_carry_forms_params_and_streams() -> None:
    async def stream() -> AsyncIterator[str]:
        yield "a"
        yield "b"

    async def main() -> None:
        form = FormData()
        form.append("a", "1")
        assert (await Request("http://a/", method="POST", body=form).form_data()).items() == [("a", "1")]
        params = URLSearchParams({"a": "1"})
        assert (await Request("http://a/", method="POST", body=params).form_data()).items() == [("a", "1")]
        assert await Request("http://a/", method="POST", body=stream()).text() == "ab"

    asyncio.run(main())


@pytest.mark.parametrize("method", ["GET", "head"])
def test_a_get_request_with_a_body_is_refused(method: str) -> None:
    with pytest.raises(ValueError) as caught:
        Request("http://a.b/", method=method, body="x")
    assert str(caught.value) == f"A {method.upper()} request cannot have a body."


def test_a_relative_url_is_refused() -> None:
    with pytest.raises(ValueError, match="is relative"):
        Request("/a")


def test_the_repr_names_method_and_path() -> None:
    assert repr(received("POST")[0]) == "<Request POST /a%20b>"


@pytest.mark.parametrize("fields", [3, 100_000])
def test_a_urlencoded_form_is_refused_before_it_is_parsed(fields: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(query: str) -> URLSearchParams:
        raise AssertionError("parsed")

    monkeypatch.setattr(URLSearchParams, "from_query", parse)
    body = b"&".join([b"k%d=" % number for number in range(fields)])
    kind = [(b"content-type", b"application/x-www-form-urlencoded")]
    with pytest.raises(BodyTooLarge) as caught:
        asyncio.run(received("POST", body, headers=kind, limits=Limits(max_form_parts=2))[0].form_data())
    assert str(caught.value) == "The form has more than 2 fields and files; Config(max_form_parts=…) sets this limit."


def test_a_byte_order_mark_is_no_part_of_json() -> None:
    assert asyncio.run(received("POST", b"\xef\xbb\xbf{}")[0].json()) == {}


def test_the_payload_of_a_request_made_by_hand_is_its_bytes() -> None:
    request = Request("http://a.b/", method="PUT", body="é")
    assert request.payload() == "é".encode()
    assert request.body_used
    with pytest.raises(TypeError, match="already read"):
        request.payload()


def test_the_payload_of_a_received_request_streams_as_it_arrives() -> None:
    async def main() -> None:
        request, connection = received("POST", b"a", b"b")
        payload = request.payload()
        assert request.body_used
        assert connection.reads == 0
        assert isinstance(payload, AsyncIterator)
        assert [chunk async for chunk in payload] == [b"a", b"b"]

    asyncio.run(main())


@pytest.mark.parametrize(
    "request_",
    [
        Request("http://a.b/"),
        Request("http://a.b/", method="POST"),
        Request("http://a.b/", method="POST", body=b""),
        received("GET")[0],
        received("POST", headers=[(b"content-length", b"0")])[0],
    ],
)
def test_a_request_without_a_body_has_no_payload(request_: Request) -> None:
    assert request_.payload() is None


def test_whether_a_cookie_is_named_is_told_without_making_the_headers() -> None:
    request, connection = received(headers=[(b"cookie", b"a=1"), (b"cookie", b"draft=2"), (b"x", b"other")])
    assert (request.names_cookie("draft"), request.names_cookie("other")) == (True, False)
    assert connection.asked_for_headers == 0


def test_whether_a_cookie_is_named_goes_by_headers_that_were_changed() -> None:
    request, _ = received(headers=[(b"cookie", b"draft=2")])
    request.headers.set("cookie", "a=1")
    assert (request.names_cookie("draft"), request.names_cookie("a")) == (False, True)
    assert Request("http://x/", headers={"cookie": "a=1"}).names_cookie("a")
