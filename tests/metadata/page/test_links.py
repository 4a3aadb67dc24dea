"""How the URLs of metadata become absolute."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.http.url import URL
from byway.metadata.page.links import Links, base_of, is_absolute

ORIGIN = "http://localhost:3000"


def links(base: str | None, pathname: str = "/blog/hello", *, trailing_slash: bool = False) -> Links:
    return Links(pathname, None if base is None else base_of(base), ORIGIN, trailing_slash)


@pytest.mark.parametrize(
    ("base", "url", "expected"),
    [
        ("https://acme.com", "/og.png", "https://acme.com/og.png"),
        ("https://acme.com", "og.png", "https://acme.com/og.png"),
        ("https://acme.com", "./og.png", "https://acme.com/og.png"),
        ("https://acme.com/deep", "/og.png", "https://acme.com/deep/og.png"),
        ("https://acme.com/deep/", "og.png", "https://acme.com/deep/og.png"),
        ("https://acme.com/deep/er", "../og.png", "https://acme.com/deep/og.png"),
        ("https://acme.com/deep", "../../../og.png", "https://acme.com/og.png"),
        ("https://acme.com", "//a///b.png", "https://acme.com/a/b.png"),
        ("https://acme.com", "/a b.png", "https://acme.com/a%20b.png"),
        ("https://acme.com/deep", "/og?of=//a/../b#c", "https://acme.com/deep/og?of=//a/../b#c"),
        ("https://acme.com", "https://cdn.example/og.png", "https://cdn.example/og.png"),
        ("https://acme.com", " HTTPS://cdn.example", "https://cdn.example/"),
        ("https://acme.com", "data:image/png;base64,AA==", "data:image/png;base64,AA=="),
        (None, "/og.png", "http://localhost:3000/og.png"),
        (None, "https://cdn.example/og.png", "https://cdn.example/og.png"),
    ],
)
def test_a_share_image_is_joined_to_the_base_path_by_path(base: str | None, url: str, expected: str) -> None:
    assert links(base).share(url) == expected


def test_a_url_object_of_a_share_image_stands_as_it_is() -> None:
    assert links("https://acme.com").share(URL("https://cdn.example/x")) == "https://cdn.example/x"


@pytest.mark.parametrize(
    "url", ["\\\\evil.example/x", "/\t/evil.example", "//evil.example", "/\\evil.example", "/\n/e"]
)
def test_no_path_leads_to_another_host(url: str) -> None:
    assert links("https://acme.com").share(url).startswith("https://acme.com/")


@given(st.text())
def test_what_is_no_url_is_a_path_below_the_base(path: str) -> None:
    url = "/" + path
    assert links("https://acme.com").share(url).startswith("https://acme.com/")
    assert links("https://acme.com").page(url).startswith("https://acme.com")


@pytest.mark.parametrize(
    ("base", "url", "expected"),
    [
        ("https://acme.com", "/", "https://acme.com"),
        ("https://acme.com", "/?a=1", "https://acme.com/?a=1"),
        ("https://acme.com", "./", "https://acme.com/blog/hello"),
        ("https://acme.com", "./x", "https://acme.com/blog/hello/x"),
        ("https://acme.com", "./../x", "https://acme.com/blog/x"),
        ("https://acme.com/deep", "./", "https://acme.com/deep/blog/hello"),
        ("https://acme.com", "x", "https://acme.com/x"),
        ("https://acme.com", "https://other.example/", "https://other.example"),
        (None, "/x", "/x"),
        (None, "./", "/blog/hello"),
        (None, "https://other.example/", "https://other.example/"),
    ],
)
def test_the_url_of_a_page_may_be_relative_to_the_page(base: str | None, url: str, expected: str) -> None:
    assert links(base).page(url) == expected


def test_a_url_object_of_an_alternate_is_the_base_of_this_page_and_keeps_its_query() -> None:
    url = URL("https://de.example/x?lang=de#top")
    assert links("https://acme.com").alternate(url) == "https://de.example/blog/hello?lang=de"
    assert links(None, "/").alternate(URL("https://de.example/x")) == "https://de.example"


def test_the_path_of_a_request_is_never_a_host() -> None:
    base = links(None, "//evil.example/x")
    assert base.alternate(URL("https://de.example")) == "https://de.example//evil.example/x"
    assert links("https://acme.com", "//evil.example/x").page("./") == "https://acme.com/evil.example/x"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/x", "https://acme.com/x/"),
        ("/x/", "https://acme.com/x/"),
        ("/", "https://acme.com/"),
        ("/x?a=1", "https://acme.com/x?a=1"),
        ("/x.pdf", "https://acme.com/x.pdf"),
        ("/.well-known/x.txt", "https://acme.com/.well-known/x.txt/"),
        ("https://other.example/x", "https://other.example/x"),
    ],
)
def test_with_trailing_slash_the_urls_of_own_pages_end_with_one(url: str, expected: str) -> None:
    assert links("https://acme.com", trailing_slash=True).page(url) == expected


def test_without_a_base_a_path_gets_no_slash() -> None:
    assert links(None, trailing_slash=True).page("/x") == "/x"
    assert links(None, trailing_slash=True).page("https://other.example/x") == "https://other.example/x/"


@pytest.mark.parametrize(
    ("base", "url", "needs"),
    [(None, "/x", True), (None, "https://acme.com/x", False), ("https://acme.com", "/x", False)],
)
def test_only_a_path_without_a_base_needs_one(base: str | None, url: str, needs: bool) -> None:
    assert links(base).needs_base(url) is needs
    assert not links(None).needs_base(URL("https://acme.com"))


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://acme.com", True),
        (URL("https://acme.com/x"), True),
        ("acme.com", False),
        ("/x", False),
        ("", False),
        ("mailto:a@acme.com", False),
    ],
)
def test_a_base_has_a_scheme_and_a_host(url: str | URL, is_one: bool) -> None:
    assert is_absolute(url) is is_one
