"""The example app of pages does what its README says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from byway.testing import Client

EXAMPLE = Path(__file__).parents[2] / "examples" / "pages"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client(EXAMPLE) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/about", "/blog", "/blog/folders"])
def test_every_page_is_a_document_with_the_navigation(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.startswith('<!doctype html><html lang="en"><head><meta charset="utf-8">')
    assert '<nav><a href="/">Home</a><a href="/blog">Blog</a><a href="/about">About</a></nav><main>' in answer.text


def test_every_link_leads_to_a_page(client: Client) -> None:
    seen: set[str] = set()
    pending = {"/"}
    while pending:
        path = pending.pop()
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code == 200, path
        pending |= {part.partition('"')[0] for part in answer.text.split('href="')[1:]} - seen
    assert len(seen) > 8


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Byway pages"),
        ("/about", "About | Byway pages"),
        ("/blog", "Posts | Byway pages"),
        ("/blog/escaping", "Text is &lt;escaped&gt; | Byway pages"),
    ],
)
def test_every_page_has_its_title(client: Client, path: str, title: str) -> None:
    assert f"<title>{title}</title>" in client.get(path).text


def test_a_part_that_is_awaited_stands_in_its_place(client: Client) -> None:
    answer = client.get("/")
    assert '<h1>Hello from Byway</h1><p>The newest post is <a href="/blog/layouts">Layouts nest</a>.</p>' in answer.text


def test_the_blogs_pages_are_in_its_layout_inside_the_root_layout(client: Client) -> None:
    inside = '<main><section class="blog"><small>The blog</small>'
    assert f"{inside}<h1>Posts</h1>" in client.get("/blog").text
    assert f"{inside}<article><h1>Folders are routes</h1>" in client.get("/blog/folders").text
    assert inside not in client.get("/about").text


def test_the_query_chooses_posts(client: Client) -> None:
    text = client.get("/blog?tag=python").text
    assert "<h1>Posts about python</h1>" in text
    assert "Text is &lt;escaped&gt;" in text
    assert "Folders are routes" not in text


def test_a_slug_without_a_post_is_a_404(client: Client) -> None:
    answer = client.get("/blog/nothing")
    assert answer.status_code == 404
    assert "This page could not be found." in answer.text
