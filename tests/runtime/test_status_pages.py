from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.runtime.status_pages import html_page, prefers_json, status_answer, status_title

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


def page(status: int, **options: Any) -> str:
    body, content_type = status_answer(status, accept=BROWSER, **options)
    assert content_type == "text/html; charset=utf-8"
    return body.decode()


def problem(status: int, **options: Any) -> dict[str, Any]:
    body, content_type = status_answer(status, accept="application/json", **options)
    assert content_type == "application/problem+json"
    members: dict[str, Any] = json.loads(body)
    return members


class Elements(HTMLParser):
    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.attributes |= dict(attrs)


@pytest.mark.parametrize(
    ("accept", "json_wins"),
    [
        (None, False),
        ("", False),
        ("*/*", False),
        (BROWSER, False),
        ("application/json", True),
        ("application/problem+json", True),
        ("application/vnd.api+json", True),
        ("APPLICATION/JSON", True),
        ("application/*", True),
        ("text/html, application/json", False),
        ("text/html;q=0.8, application/json", True),
        ("text/html, application/json;q=0.9", False),
        ("text/html;q=0.2, application/json;q=0.1, application/problem+json;q=0.3", True),
        ("application/json;q=0", False),
        ("application/json;q=0, */*", False),
        ("text/html;q=0, */*", True),
        ("text/html;q=0.1, */*", True),
        ("text/*;q=0.5, application/json;q=0.6", True),
        ("image/png", False),
        ("application/json;q=x", False),
        ("application/json;q=nan", False),
        ("application/json; charset=utf-8 ; Q = 0.5", True),
        (";,;q=,", False),
    ],
)
def test_json_is_preferred_by_q_values_and_html_wins_ties(accept: str | None, json_wins: bool) -> None:
    assert prefers_json(accept) is json_wins


@pytest.mark.parametrize(
    "accept", ["application/json, text/plain, */*", "*/*, application/json", "application/json, text/*"]
)
def test_json_named_beats_html_only_covered_by_a_wildcard(accept: str) -> None:
    assert prefers_json(accept)


def test_html_named_beats_json_only_covered_by_a_wildcard() -> None:
    assert not prefers_json("text/html, */*")


@given(st.text())
def test_no_accept_header_is_an_error(accept: str) -> None:
    assert prefers_json(accept) in (True, False)


def test_an_overlong_accept_header_is_read_up_to_its_limit() -> None:
    assert prefers_json("application/json" + ", x/y" * 10_000)
    assert not prefers_json("x/y, " * 10_000 + "application/json")


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "400: Bad Request"),
        (401, "401: You&#x27;re not authorized to access this page."),
        (403, "403: This page could not be accessed."),
        (404, "404: This page could not be found."),
        (405, "405: Method Not Allowed"),
        (413, "413: Content Too Large"),
        (422, "422: Unprocessable Content"),
        (500, "500: Internal Server Error"),
        (503, "503: Service Unavailable"),
        (504, "504: Gateway Timeout"),
        (499, "499: Client Error"),
        (599, "599: Server Error"),
    ],
)
def test_a_page_says_the_status_and_the_documented_text(status: int, title: str) -> None:
    document = page(status)
    number, _, message = title.partition(": ")
    assert f"<title>{title}</title>" in document
    assert f"<h1>{number}</h1><h2>{message}</h2>" in document


def test_a_page_stands_alone_and_needs_no_script() -> None:
    elements = Elements(page(500, detail="Sorry.", request_id="1"))
    assert not {"script", "link", "img", "iframe"} & set(elements.found)
    assert elements.attributes["lang"] == "en"
    assert "src" not in elements.attributes
    assert "url(" not in page(404)


def test_a_page_is_for_phones_dark_rooms_and_no_search_engine() -> None:
    document = page(404)
    assert document.startswith("<!DOCTYPE html>")
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in document
    assert '<meta name="robots" content="noindex">' in document
    assert "@media (prefers-color-scheme:dark)" in document


def test_a_page_shows_the_request_id_for_people_to_quote() -> None:
    assert '<p class="id">Request ID <code>01J9-7f3a</code></p>' in page(500, request_id="01J9-7f3a")
    assert "Request ID" not in page(500)


@given(st.text(alphabet="<>&\"'ab/", max_size=30))
def test_everything_on_a_page_is_escaped(text: str) -> None:
    shape = ["html", "head", "meta", "meta", "meta", "title", "style", "body", "main", "h1", "h2", "p", "p", "code"]
    assert Elements(page(400, detail=f"<b>{text}", request_id=f"<i>{text}")).found == shape


def test_a_lone_surrogate_still_makes_a_page() -> None:
    assert b"a?b" in html_page("a\udc80b", "")


def test_a_problem_document_has_the_members_of_the_standard() -> None:
    assert problem(404) == {"type": "about:blank", "title": "Not Found", "status": 404}
    assert problem(400, detail="The body is cut off.", request_id="7") == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "The body is cut off.",
        "request_id": "7",
    }


def test_extra_members_are_added_and_replace_none() -> None:
    members = problem(422, extra={"errors": [{"field": "a"}], "status": 200, "title": "Fine"})
    assert members["errors"] == [{"field": "a"}]
    assert (members["status"], members["title"]) == (422, "Unprocessable Content")


def test_titles_do_not_depend_on_the_version_of_python() -> None:
    assert [status_title(status) for status in (413, 416, 422)] == [
        "Content Too Large",
        "Range Not Satisfiable",
        "Unprocessable Content",
    ]
