"""Destinations and header values: what is filled in, and that nothing leads elsewhere than its author meant."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.routing.path_syntax import RuleError
from byway.routing.templates import Destination, Template, merged_query

PARAMS = {"slug": False, "id": False, "path": True, "host": False}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        (":slug", "a"),
        ("x-:slug-y", "x-a-y"),
        (":path*", "b/c"),
        (":path", "b/c"),
        (":slugs :other :8080 : *", ":slugs :other :8080 : *"),
        (":slug:slug", "aa"),
        (":id", ""),
        ("max-age=5", "max-age=5"),
    ],
)
def test_a_template_has_the_parameters_that_are_known(text: str, filled: str) -> None:
    assert Template(text, PARAMS).fill({"slug": "a", "path": ["b", "c"]}) == filled


@pytest.mark.parametrize(
    ("destination", "location"),
    [
        ("/news/:slug", "/news/a%20b"),
        ("/news/:path*", "/news/c/d"),
        ("/news/:path+", "/news/c/d"),
        ("/:slug/:slug", "/a%20b/a%20b"),
        ("/news/:id", "/news"),
        ("/:id", "/"),
        ("/news/:id/end", "/news/end"),
        ("/x-:slug.html", "/x-a%20b.html"),
        ("/news/", "/news/"),
        ("/", "/"),
        ("/a b/é", "/a%20b/%C3%A9"),
        ("/a%20b", "/a%20b"),
        (r"/english\(default\)\:x", "/english(default):x"),
        ("/news?post=:slug&x=1", "/news?post=a%20b&x=1"),
        ("/news?post=:slugs", "/news?post=:slugs"),
        ("/news?a=b c&a=2", "/news?a=b%20c&a=2"),
        ("/news#part-:slug", "/news#part-a%20b"),
        ("/news?x=1#part", "/news?x=1#part"),
        ("https://example.com/:path*", "https://example.com/c/d"),
        ("https://example.com/:id", "https://example.com"),
        ("https://example.com:8080/x", "https://example.com:8080/x"),
        ("https://:host.example.com/", "https://shop.example.com/"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_a_destination_is_filled(destination: str, location: str) -> None:
    params: dict[str, str | list[str]] = {"slug": "a%20b", "path": ["c", "d"], "host": "shop"}
    assert str(Destination(destination, PARAMS).fill(params, "")) == location


def test_a_path_is_put_below_the_base_path() -> None:
    assert str(Destination("/:slug", PARAMS, "/base").fill({"slug": "a"}, "")) == "/base/a"
    assert str(Destination("/", PARAMS, "/base").fill({}, "")) == "/base"
    assert str(Destination("https://example.com/a", PARAMS, "/base").fill({}, "")) == "https://example.com/a"


@pytest.mark.parametrize(
    ("sent", "destination", "query"),
    [
        ("", "/x", ""),
        ("a=1&b=c%20d", "/x", "a=1&b=c%20d"),
        ("a=1&b=2&a=3&flag&c=d+e", "/x", "a=1&b=2&a=3&flag&c=d+e"),
        ("added=2&z=1", "/x?added=1", "added=1&z=1"),
        ("y=2", "/x?post=:slug&x=1", "y=2&post=s&x=1"),
        ("a=1&b=2&a=3&flag&c=d+e", "/x?z=1", "a=1&a=3&b=2&flag=&c=d%20e&z=1"),
        ("%61dded=2", "/x?added=1", "added=1"),
        ("a=1&a=2", "/x?a=3&a=4", "a=3&a=4"),
        ("é=ü", "/x?a=1", "%C3%A9=%C3%BC&a=1"),
        ("a=%26%3D", "/x?b=1", "a=%26%3D&b=1"),
    ],
)
def test_the_query_that_was_sent_goes_along_but_the_destinations_own_wins(
    sent: str, destination: str, query: str
) -> None:
    target = Destination(destination, PARAMS).fill({"slug": "s"}, sent)
    assert target is not None
    assert target.query == query


def test_what_is_passed_on_comes_between_the_two() -> None:
    target = Destination("/show?q=own", {}).fill({}, "q=sent&first=sent&z=1", {"first": "one", "rest": ["a", "b/c"]})
    assert target is not None
    assert target.query == "q=own&first=one&z=1&rest=a&rest=b%2Fc"


def test_a_parameter_adds_no_other_pair_to_the_query() -> None:
    target = Destination("/x?post=:slug", PARAMS).fill({"slug": "a&admin=1#f+"}, "")
    assert target is not None
    assert target.query == "post=a%26admin%3D1%23f%2B"


@pytest.mark.parametrize("value", ["..", ".", "%2e%2E", "a/..", "a/%2e/b"])
def test_a_parameter_does_not_lead_out_of_a_folder(value: str) -> None:
    assert Destination("/files/:slug", PARAMS).fill({"slug": value}, "") is None
    assert Destination("https://example.com/files/:slug/x", PARAMS).fill({"slug": value}, "") is None


@pytest.mark.parametrize(
    "value", ["..%2Fx", "%2e%2e%2fx", "a%2f..", "..%5Cx", "a%5c.%2E%5Cx", "..\\x", "a%2F.%2fx", "%2F..", "x/..%2f"]
)
def test_an_encoded_slash_does_not_lead_out_of_a_folder_of_another_server(value: str) -> None:
    assert Destination("https://example.com/files/:slug", PARAMS).fill({"slug": value}, "") is None
    assert Destination("https://example.com/files/:slug/x", PARAMS).fill({"slug": value}, "") is None
    assert Destination("/files/:slug", PARAMS).fill({"slug": value}, "") is not None  # it is one segment here


@pytest.mark.parametrize("value", ["a%2Fb", "..a%2Fb", "a..%2Fb", "...%5Cb", "%2F...", "a%5C"])
def test_an_encoded_slash_by_itself_goes_to_another_server(value: str) -> None:
    target = Destination("https://example.com/files/:slug", PARAMS).fill({"slug": value}, "")
    assert str(target) == f"https://example.com/files/{value}"


@pytest.mark.parametrize("value", ["/evil.example", "//evil.example", "evil.example//x"])
def test_a_parameter_does_not_lead_to_another_host(value: str) -> None:
    target = Destination("/:slug", PARAMS).fill({"slug": value}, "")
    assert target is not None
    assert not str(target).startswith("//")


@pytest.mark.parametrize(
    "value", ["evil.example/", "evil.example#", "evil.example?", "evil@", "a:1", "", "é", "a%2f", "evil.example\\", "."]
)
def test_a_parameter_in_the_host_is_a_name(value: str) -> None:
    assert Destination("https://:host.example.com/x", PARAMS).fill({"host": value}, "") is None


def test_a_host_needs_its_parameter() -> None:
    assert Destination("https://:host.example.com/x", PARAMS).fill({}, "") is None


@given(st.text(max_size=8), st.text(max_size=8))
def test_whatever_is_captured_the_origin_is_the_authors(slug: str, host: str) -> None:
    target = Destination("https://:host.example.com/in/:slug", PARAMS).fill({"slug": slug, "host": host}, "")
    if target is not None:
        url = urlsplit(str(target))
        assert (url.hostname or "").endswith(".example.com")
        assert unquote(url.path).startswith("/in")


FAULTS = {
    "news": ("The destination 'news' is neither a path nor a URL.", "Write a path such as"),
    "//evil.example": ("is neither a path nor a URL", "https://"),
    "ftp://a.example/": ("is neither a path nor a URL", "https://"),
    "/:other": (
        "The destination has the parameter :other, which nothing captures.",
        "The parameters of the source and of has are: :slug, :id, :path, :host.",
    ),
    "/:path": ("The destination has :path once, but the source captures a list by that name.", "Write :path*."),
    "/(.*)": ("The destination has a group.", 'Name the parameter in the source, as in "/:name(…)"'),
    "/{a}": ("The destination has a group.", "Name the parameter"),
    "https://:other.example/": ("host has the parameter :other, which nothing captures", "Capture it"),
    "https:///x": ("has no valid host", "https://example.com/path"),
    "https://a b/x": ("has no valid host", "https://example.com/path"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_bad_destination_is_refused_with_a_cure(text: str) -> None:
    what, cure = FAULTS[text]
    with pytest.raises(RuleError) as caught:
        Destination(text, PARAMS)
    assert what in caught.value.what
    assert cure in caught.value.cure


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=5))
def test_a_query_that_is_written_anew_means_the_same(pairs: list[tuple[str, str]]) -> None:
    query = urlencode(pairs, errors="replace", encoding="utf-8") if pairs else ""
    before, after = parse_qsl(query, keep_blank_values=True), parse_qsl(merged_query(query, {}), keep_blank_values=True)
    assert sorted(before) == sorted(after)
    for name in {name for name, _ in before}:
        assert [v for n, v in before if n == name] == [v for n, v in after if n == name]
