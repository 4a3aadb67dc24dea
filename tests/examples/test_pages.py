"""The example app of pages does what its README says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from byway.testing import Client

EXAMPLE = Path(__file__).parents[2] / "examples" / "pages"
# Those that fail, or refuse, on purpose.
STATUSES = {"/nothing": 404, "/blog/nothing": 404, "/members": 401, "/crash": 500, "/broken?fail=early": 500}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client(EXAMPLE) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/about", "/blog", "/blog/folders", "/broken", "/nothing", "/members"])
def test_every_page_is_a_document_with_the_navigation_and_in_the_template(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith('<!doctype html><html lang="en"><head><meta charset="utf-8">')
    assert '<nav><a href="/">Home</a><a href="/blog">Blog</a>' in answer.text
    assert '<main><div class="enter">' in answer.text


def test_every_link_leads_to_a_page(client: Client) -> None:
    seen: set[str] = set()
    pending = {"/"}
    while pending:
        path = pending.pop()
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code == STATUSES.get(path, 200), path
        links = {part.partition('"')[0] for part in answer.text.split('href="')[1:]}
        pending |= {f"{path}{link}" if link.startswith("?") else link for link in links} - seen
    assert seen > STATUSES.keys()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Byway pages"),
        ("/about", "About | Byway pages"),
        ("/blog", "Posts | Byway pages"),
        ("/blog/escaping", "Text is &lt;escaped&gt; | Byway pages"),
        ("/blog/nothing", "No such post | Byway pages"),
        ("/nothing", "Not found"),
        ("/members", "Sign in | Byway pages"),
    ],
)
def test_every_page_has_its_title(client: Client, path: str, title: str) -> None:
    assert f"<title>{title}</title>" in client.get(path).text


@pytest.mark.parametrize("path", ["/", "/about", "/blog/folders"])
def test_what_needs_no_request_is_made_by_the_build(client: Client, path: str) -> None:
    assert client.get(path).headers["x-byway-cache"] == "HIT"


def test_a_part_that_is_awaited_stands_in_its_place(client: Client) -> None:
    answer = client.get("/")
    assert '<h1>Hello from Byway</h1><p>The newest post is <a href="/blog/layouts">Layouts nest</a>.</p>' in answer.text


def test_the_blogs_pages_are_in_its_layout_inside_the_template(client: Client) -> None:
    inside = '<main><div class="enter"><section class="blog"><small>The blog</small>'
    assert f"{inside}<h1>Posts</h1>" in client.get("/blog").text
    assert f"{inside}<article><h1>Folders are routes</h1>" in client.get("/blog/folders").text
    assert f"{inside}<h1>There is no such post</h1>" in client.get("/blog/nothing").text
    assert inside not in client.get("/about").text


def test_the_query_chooses_posts(client: Client) -> None:
    text = client.get("/blog?tag=python").text
    assert "<h1>Posts about python</h1>" in text
    assert "Text is &lt;escaped&gt;" in text
    assert "Folders are routes" not in text


def test_a_post_is_made_anew_after_a_minute() -> None:
    with Client(EXAMPLE) as client:
        client.clock.advance(61)
        assert client.get("/blog/folders").headers["x-byway-cache"] == "STALE"
        client.drain()
        assert client.get("/blog/folders").headers["x-byway-cache"] == "HIT"


def test_a_post_that_does_not_exist_is_a_kept_404(client: Client) -> None:
    client.get("/blog/nothing")
    answer = client.get("/blog/nothing")
    assert (answer.status_code, answer.headers["x-byway-cache"]) == (404, "HIT")


def test_a_url_without_a_route_is_a_404_in_the_root_layout(client: Client) -> None:
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert "<h1>There is nothing here</h1>" in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text


def test_loading_comes_before_the_page(client: Client) -> None:
    text = client.get("/slow").text
    assert text.index("One moment") < text.index("</main>") < text.index("<h1>Here it is</h1>")


def test_each_card_comes_after_all_fallbacks_in_the_order_of_getting_ready(client: Client) -> None:
    text = client.get("/dashboard").text
    places = [text.index("</main>"), *(text.index(number) for number in ("12,408", "317<", "4,096"))]
    assert text.count('<div class="bone">') == 3
    assert places == sorted(places)


def test_a_crawler_gets_the_cards_in_their_places(client: Client) -> None:
    text = client.get("/dashboard", headers={"user-agent": "Bingbot"}).text
    assert '<div class="bone">' not in text
    assert text.index("12,408") < text.index("317<") < text.index("4,096") < text.index("</main>")


def test_an_error_before_the_first_bytes_is_a_500_with_error_py(client: Client) -> None:
    answer = client.get("/broken?fail=early")
    assert answer.status_code == 500
    assert '<main><div class="enter"><div class="card wrong">' in answer.text
    assert "The page could not be made" not in answer.text


def test_an_error_after_the_first_bytes_has_error_py_follow(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/broken?fail=late")
    assert answer.status_code == 200
    assert answer.text.index("The first half is here") < answer.text.index('<div class="card wrong">')
    digest = re.search(r"<code>(.+?)</code>", answer.text)
    assert digest is not None
    assert f"GET /broken failed (request {digest[1]})." in caplog.messages


def test_what_no_error_py_is_around_is_shown_by_global_error_py(client: Client) -> None:
    answer = client.get("/crash")
    assert answer.status_code == 500
    assert "<h1>Something went wrong</h1>" in answer.text
    assert "<nav>" not in answer.text


def test_members_are_let_in_and_others_told_why_not() -> None:
    with Client(EXAMPLE) as client:
        asked = client.get("/members")
        assert (asked.status_code, "<h1>Members only</h1>" in asked.text) == (401, True)
        client.post("/members/sign-in", data={"name": "guest"})
        refused = client.get("/members")
        assert (refused.status_code, "<h1>This is not for guests</h1>" in refused.text) == (403, True)
        signed_in = client.post("/members/sign-in", data={"name": "Ada"})
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/members")
        assert "<h1>Welcome, Ada</h1>" in client.get("/members").text
        client.post("/members/sign-in", headers={"content-type": "application/x-www-form-urlencoded"})
        assert client.get("/members").status_code == 401


def test_a_form_of_another_site_signs_nobody_in(client: Client) -> None:
    answer = client.post("/members/sign-in", data={"name": "Ada"}, headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
