from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import Any

import pytest

from byway.http.errors import BodyError
from byway.http.forms import Blob, FormData
from byway.http.response import Response, location
from byway.http.url import URL, URLSearchParams


def content_type(response: Response) -> str | None:
    """The content type that goes over the wire."""
    return dict(response.raw_headers()).get(b"content-type", b"").decode() or None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("text", "text/plain;charset=UTF-8"),
        (b"bytes", None),
        (None, None),
        (Blob(b"x", "image/png"), "image/png"),
        (Blob(b"x"), None),
        (URLSearchParams("a=1"), "application/x-www-form-urlencoded;charset=UTF-8"),
        (iter(["a"]), None),
    ],
)
def test_the_default_content_type_is_the_webs(body: Any, expected: str | None) -> None:
    assert content_type(Response(body)) == expected
    response = Response(body)
    assert response.headers.get("content-type") == content_type(response) == expected


def test_form_data_has_a_boundary() -> None:
    assert (content_type(Response(FormData())) or "").startswith("multipart/form-data; boundary=")


def test_a_content_type_of_ones_own_wins() -> None:
    for headers in ({"Content-Type": "text/html"}, [("content-type", "text/html")]):
        assert content_type(Response("x", headers=headers)) == "text/html"
        assert content_type(Response.json({}, headers=headers)) == "text/html"
    response = Response("x")
    response.headers.set("content-type", "text/html")
    assert response.raw_headers() == [(b"content-type", b"text/html")]


def test_a_default_content_type_can_be_deleted() -> None:
    response = Response("x")
    response.headers.delete("content-type")
    assert response.raw_headers() == []


def test_headers_are_copied_and_the_raw_list_is_new() -> None:
    given = {"X-A": "1"}
    response = Response("x", headers=given)
    response.headers.append("x-a", "2")
    assert given == {"X-A": "1"}
    first = response.raw_headers()
    first.clear()
    assert (b"x-a", b"1, 2") in response.raw_headers()


def test_json_is_compact() -> None:
    response = Response.json({"a": [1, None]}, status=201, headers={"x-a": "1"})
    assert (response.status, content_type(response)) == (201, "application/json")
    assert response.payload() == (b'{"a":[1,null]}', None)
    assert response.headers.get("x-a") == "1"
    assert asyncio.run(Response.json(None).text()) == "null"


def test_json_is_read_back() -> None:
    assert asyncio.run(Response.json({"a": 1}).json()) == {"a": 1}
    with pytest.raises(ValueError, match="not valid JSON") as caught:
        asyncio.run(Response("{").json())
    # It is not the client's body that is wrong, so this must not be answered with 400.
    assert not isinstance(caught.value, BodyError)


def test_the_body_is_read_in_every_way_once() -> None:
    async def main() -> None:
        assert await Response("é").bytes() == "é".encode()
        assert await Response(b"\xff").text() == "\ufffd"
        assert await Response(["a", b"b"]).text() == "ab"
        body = Response(iter(["a", b"b"])).body
        assert body is not None
        assert [chunk async for chunk in body] == [b"a", b"b"]
        assert Response(None).body is None
        assert await Response(None).text() == ""
        response = Response("x")
        await response.text()
        assert response.body_used
        with pytest.raises(TypeError, match="already read"):
            await response.bytes()

    asyncio.run(main())


def test_a_response_whose_body_was_read_cannot_be_sent() -> None:
    response = Response("x")
    asyncio.run(response.text())
    with pytest.raises(TypeError) as caught:
        response.payload()
    assert str(caught.value) == "This response's body was already read, so there is nothing left to send."


def test_a_response_without_headers_of_its_own_is_ready_to_send() -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    assert Response.json([], status=201).ready() == (201, headers, b"[]")
    assert Response(b"xyz").ready() == (200, [(b"content-length", b"3")], b"xyz")


def test_a_response_with_more_to_decide_is_not_ready_to_send() -> None:
    looked_at, read = Response("x"), Response("x")
    assert "content-type" in looked_at.headers
    asyncio.run(read.text())
    for response in (Response(), Response(["x"]), Response("x", headers={"x-a": "1"}), looked_at, read):
        assert response.ready() is None


def test_looking_at_the_body_without_reading_it_does_no_harm() -> None:
    response = Response("x")
    assert response.body is not None
    assert not response.body_used
    assert response.payload() == (b"x", None)


def test_ok_is_200_to_299() -> None:
    assert [Response(status=status).ok for status in (200, 299, 300, 404, 500)] == [True, True, False, False, False]


def test_the_status_text_stays_on_the_object() -> None:
    assert Response(status_text="Fine").status_text == "Fine"
    assert Response().status_text == ""
    assert Response.json(1, status_text="Fine").status_text == "Fine"


@pytest.mark.parametrize("status", [0, 100, 101, 199, 600, 1000, -1, True, "200", 200.0, None])
def test_a_status_outside_200_to_599_is_refused(status: Any) -> None:
    for make in (lambda: Response(status=status), lambda: Response.json({}, status=status)):
        with pytest.raises(ValueError) as caught:
            make()
        assert str(caught.value) == (
            f"Response(status={status!r}): a response's status is a whole number from 200 to 599."
        )


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_status_without_a_body_refuses_one(status: int) -> None:
    assert Response(status=status).payload() == (None, None)
    for body in ("", "x", b"", iter([])):
        with pytest.raises(ValueError) as caught:
            Response(body, status=status)
        assert str(caught.value) == (
            f"Response(status={status}) cannot have a body: leave it out, or use another status."
        )
    with pytest.raises(ValueError) as caught:
        Response.json({}, status=status)
    assert str(caught.value) == f"Response.json(status={status}) cannot have a body: use Response(status={status})."


def test_data_is_no_body() -> None:
    with pytest.raises(TypeError, match=r"A body cannot be made of dict: .* For data there is Response\.json"):
        Response({"a": 1})  # type: ignore[arg-type]


def test_an_http_status_enum_is_a_status() -> None:
    for response in (
        Response("x", status=HTTPStatus.CREATED),
        Response.json({}, status=HTTPStatus.CREATED),
        Response.redirect("/x", HTTPStatus.SEE_OTHER),
    ):
        assert type(response.status) is int
        assert response.status in (201, 303)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_has_its_location(status: int) -> None:
    response = Response.redirect("/a", status, headers={"x-a": "1"})
    assert (response.status, response.headers.items()) == (status, [("location", "/a"), ("x-a", "1")])
    assert Response.redirect("/a").status == 307


@pytest.mark.parametrize("status", [200, 300, 304, 305, 306, 309])
def test_other_statuses_are_no_redirects(status: int) -> None:
    with pytest.raises(ValueError) as caught:
        Response.redirect("/a", status)
    assert str(caught.value) == (f"Response.redirect(…, {status}): a redirect's status is 301, 302, 303, 307 or 308.")


def test_a_redirect_to_a_str_goes_out_as_it_is_and_to_a_url_as_its_href() -> None:
    for url in ("/a", "a?b#c", "../x", "//host/x", "https://a.b", "/a%20b"):
        assert Response.redirect(url).headers.get("location") == url
    assert Response.redirect(URL("/b", "http://a.b/x")).headers.get("location") == "http://a.b/b"


def test_a_redirect_to_characters_beyond_ascii_is_percent_encoded() -> None:
    assert location("/é?ü=%20€#ß") == "/%C3%A9?%C3%BC=%20%E2%82%AC#%C3%9F"


def test_a_redirect_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError) as caught:
        Response.redirect("")
    assert str(caught.value) == "A redirect needs a URL; got an empty one."


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("/a\r\nSet-Cookie:x=1", "/a%0D%0ASet-Cookie:x=1"),
        ("/a\n", "/a%0A"),
        ("/\0", "/%00"),
        ("/\x01\t\x7f", "/%01%09%7F"),
        ("/é\r\nSet-Cookie:x=1", "/%C3%A9%0D%0ASet-Cookie:x=1"),
        ("/€\0", "/%E2%82%AC%00"),
        ("/\ud800", "/%EF%BF%BD"),
    ],
)
def test_a_redirect_cannot_smuggle_headers(url: str, sent: str) -> None:
    assert Response.redirect(url).headers.get("location") == location(url) == sent


def test_cookies_write_set_cookie_headers() -> None:
    response = Response("x", headers=[("set-cookie", "a=1"), ("set-cookie", "b=2; Path=/x")])
    response.cookies.set("a", "3", max_age=5)
    response.cookies.set("c", "4")
    lines = response.headers.get_all("set-cookie")
    assert [line.partition(";")[0] for line in lines] == ["a=3", "b=2", "c=4"]
    assert lines[1] == "b=2; Path=/x"
    cookie = response.cookies.get("a")
    assert cookie is not None
    assert cookie.value == "3"
    response.cookies.delete("b")
    assert response.cookies.get("b") is None
    assert not response.cookies.has("b")


def test_the_streams_of_a_payload_are_what_was_given() -> None:
    def sync() -> Iterator[str]:
        yield "a"

    async def asynchronous() -> AsyncIterator[str]:
        yield "a"

    for stream in (sync(), asynchronous(), ["a"]):
        assert Response(stream).payload() == (None, stream)


def test_the_repr_names_the_status() -> None:
    assert repr(Response(status=404)) == "<Response 404>"


def test_an_assigned_status_is_checked_like_the_first() -> None:
    response = Response("x")
    response.status = HTTPStatus.CREATED
    assert (response.status, type(response.status)) == (201, int)
    wrong: Any
    for wrong in (999, 199, True, "200", None):
        with pytest.raises(ValueError) as caught:
            response.status = wrong
        assert str(caught.value) == (
            f"Response(status={wrong!r}): a response's status is a whole number from 200 to 599."
        )
    assert response.status == 201


@pytest.mark.parametrize("response", [Response("x"), Response(["x"]), Response.json(None)])
def test_a_response_with_a_body_cannot_be_given_a_status_without_one(response: Response) -> None:
    with pytest.raises(ValueError) as caught:
        response.status = 204
    assert str(caught.value) == "Response(status=204) cannot have a body: leave it out, or use another status."
    empty = Response()
    empty.status = 204
    assert empty.status == 204


def test_a_clients_broken_body_stays_the_clients_fault() -> None:
    class Broken:
        async def __aiter__(self) -> AsyncIterator[bytes]:
            raise BodyError("The client's form has no end.")
            yield b""

    with pytest.raises(BodyError):
        asyncio.run(Response(Broken()).json())


def test_a_byte_order_mark_is_dropped() -> None:
    assert asyncio.run(Response(b"\xef\xbb\xbfa").text()) == "a"
    assert asyncio.run(Response(b"\xef\xbb\xbf[1]").json()) == [1]


def test_a_lone_surrogate_is_sent_as_the_replacement_character() -> None:
    assert Response("a\ud800").payload()[0] == b"a\xef\xbf\xbd"
    assert asyncio.run(Response(["\udfff"]).bytes()) == b"\xef\xbf\xbd"


def test_a_response_made_by_hand_came_from_nowhere() -> None:
    assert (Response().url, Response().redirected) == ("", False)
