from __future__ import annotations

import copy
import pickle
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from byway.http.url import URL, URLSearchParams, is_host

PAGE = "http://user:pass@example.com:8080/a/b/c?q=1#top"


def request_url(path: str = "/items/a", query: str = "", *, base_path: str = "", trailing_slash: bool = False) -> URL:
    return URL.from_parts("http", "localhost:3000", path, query, base_path=base_path, trailing_slash=trailing_slash)


class TestParts:
    def test_every_part_can_be_read(self) -> None:
        url = URL(PAGE)
        assert (url.protocol, url.username, url.password) == ("http:", "user", "pass")
        assert (url.host, url.hostname, url.port) == ("example.com:8080", "example.com", "8080")
        assert (url.pathname, url.search, url.hash) == ("/a/b/c", "?q=1", "#top")
        assert (url.origin, url.base_path) == ("http://example.com:8080", "")
        assert url.href == str(url) == PAGE
        assert repr(url) == f'URL("{PAGE}")'

    @pytest.mark.parametrize(
        ("given", "href"),
        [
            ("http://EXAMPLE.com", "http://example.com/"),
            ("http://a:80/", "http://a/"),
            ("https://a:443/", "https://a/"),
            ("https://a:80/", "https://a:80/"),
            ("http://münchen.de/ä?ö#ü", "http://xn--mnchen-3ya.de/%C3%A4?%C3%B6#%C3%BC"),
            ("http:\\\\a\\b", "http://a/b"),
            ("http://a/b/../c/./%2e%2E/d", "http://a/d"),
            ("http://a//b", "http://a//b"),
            ("  http://a/\n b ", "http://a/%20b"),
            ("http://a/'?'#'", "http://a/'?%27#'"),
            ("http://a/%2F%zz", "http://a/%2F%zz"),
            ("http://[::1]:3000/", "http://[::1]:3000/"),
            ("mailto:a@b", "mailto:a@b"),
            ("http://a/\ud800", "http://a/%EF%BF%BD"),
        ],
    )
    def test_the_spelling_is_normalised_as_browsers_do(self, given: str, href: str) -> None:
        assert URL(given).href == href

    @pytest.mark.parametrize(
        ("part", "value", "href"),
        [
            ("href", "https://b/", "https://b/"),
            ("protocol", "https", "https://a/b?c#d"),
            ("username", "me", "http://me@a/b?c#d"),
            ("password", "p:w", "http://:p%3Aw@a/b?c#d"),
            ("host", "B:99", "http://b:99/b?c#d"),
            ("hostname", "B", "http://b/b?c#d"),
            ("port", "81", "http://a:81/b?c#d"),
            ("port", 81, "http://a:81/b?c#d"),
            ("pathname", "x?y#z", "http://a/x%3Fy%23z?c#d"),
            ("search", "x=1 2", "http://a/b?x=1%202#d"),
            ("search", "", "http://a/b#d"),
            ("hash", "x", "http://a/b?c#x"),
            ("hash", "", "http://a/b?c"),
        ],
    )
    def test_every_part_can_be_assigned(self, part: str, value: object, href: str) -> None:
        url = URL("http://a/b?c#d")
        setattr(url, part, value)
        assert url.href == href

    @pytest.mark.parametrize(("part", "value"), [("port", "x"), ("protocol", "foo"), ("host", ""), ("hostname", "a b")])
    def test_assigning_what_a_part_cannot_hold_changes_nothing(self, part: str, value: str) -> None:
        url = URL("http://a:1/")
        setattr(url, part, value)
        assert url.href == "http://a:1/"

    def test_origin_is_read_only(self) -> None:
        with pytest.raises(
            AttributeError, match=r"^URL\.origin is read-only: assign protocol, host or href instead\.$"
        ):
            URL("http://a/").origin = "http://b"

    def test_urls_are_equal_when_their_hrefs_are(self) -> None:
        assert URL("http://a") == URL("http://A:80/")
        assert URL("http://a") != URL("http://a/b")
        assert URL("http://a/") != "http://a/"

    def test_a_url_is_mutable_and_so_has_no_hash(self) -> None:
        with pytest.raises(TypeError, match="unhashable"):
            hash(URL("http://a"))

    @pytest.mark.parametrize("copied", [URL.clone, copy.copy, copy.deepcopy, URL])
    def test_a_copy_changes_by_itself(self, copied: type[URL]) -> None:
        url = URL("http://a/docs/x?q=1", base_path="/docs", trailing_slash=True)
        other = copied(url)
        other.pathname = "/y"
        other.search_params.set("q", "2")
        assert url.href == "http://a/docs/x/?q=1"
        assert other.href == "http://a/docs/y/?q=2"


class TestJoining:
    @pytest.mark.parametrize(
        ("relative", "href"),
        [
            ("", "http://user:pass@example.com:8080/a/b/c?q=1"),
            ("d", "http://user:pass@example.com:8080/a/b/d"),
            ("/d", "http://user:pass@example.com:8080/d"),
            ("../d", "http://user:pass@example.com:8080/a/d"),
            ("../../../d", "http://user:pass@example.com:8080/d"),
            ("?x", "http://user:pass@example.com:8080/a/b/c?x"),
            ("#x", "http://user:pass@example.com:8080/a/b/c?q=1#x"),
            ("//host/x", "http://host/x"),
            ("\\\\host\\x", "http://host/x"),
            ("https://host/x", "https://host/x"),
            ("http:d", "http://user:pass@example.com:8080/a/b/d"),
        ],
    )
    def test_it_joins_as_browsers_do(self, relative: str, href: str) -> None:
        assert URL(relative, PAGE).href == href
        assert URL(relative, URL(PAGE)).href == href

    def test_a_relative_url_without_a_base_says_what_to_write(self) -> None:
        with pytest.raises(ValueError) as error:
            URL("/about")
        assert str(error.value) == (
            'Invalid URL: "/about" is relative. Give it a base: URL("/about", request.url), '
            "or write it in full, with its scheme and host."
        )

    def test_an_invalid_url_is_named(self) -> None:
        with pytest.raises(ValueError, match=r'^Invalid URL: "http://a b/"$'):
            URL("http://a b/")
        with pytest.raises(ValueError, match=r'^Invalid URL: "http://\[/x"$'):
            URL("http://[/x", "http://a")

    def test_an_invalid_base_is_named(self) -> None:
        with pytest.raises(ValueError) as error:
            URL("/x", "example.com")
        assert str(error.value) == (
            'Invalid URL: "example.com", the base of "/x". A base has a scheme and a host: http://…'
        )

    def test_an_invalid_href_leaves_the_url_as_it_was(self) -> None:
        url = URL("http://a/")
        with pytest.raises(ValueError, match="relative"):
            url.href = "/b"
        assert url.href == "http://a/"

    def test_another_type_is_refused(self) -> None:
        with pytest.raises(TypeError, match=r"^URL\(\) takes a str or a URL, not bytes\.$"):
            URL(b"http://a/")  # type: ignore[arg-type]

    @given(st.text(max_size=30))
    @example("//")
    @example("http:")
    @example("/..//x")
    def test_parsing_what_was_serialised_changes_nothing(self, text: str) -> None:
        try:
            href = URL(text, "http://a/b/c?d").href
        except ValueError:
            return
        assert URL(href).href == href


class TestBasePath:
    def test_href_holds_it_and_pathname_does_not(self) -> None:
        url = URL("http://a/docs/x", base_path="/docs")
        assert (url.base_path, url.pathname, url.href) == ("/docs", "/x", "http://a/docs/x")
        url.pathname = "/y"
        assert url.href == "http://a/docs/y"

    @pytest.mark.parametrize(
        ("relative", "pathname", "href"),
        [
            ("/login", "/login", "http://localhost:3000/docs/login"),
            ("/docs/login", "/login", "http://localhost:3000/docs/login"),
            ("/docsy", "/docsy", "http://localhost:3000/docs/docsy"),
            ("/docs", "/", "http://localhost:3000/docs"),
            ("b", "/items/b", "http://localhost:3000/docs/items/b"),
            ("?x", "/items/a", "http://localhost:3000/docs/items/a?x"),
            ("http://localhost:3000/docs/z", "/z", "http://localhost:3000/docs/z"),
        ],
    )
    def test_a_joined_url_takes_it_over_and_splits_it_off(self, relative: str, pathname: str, href: str) -> None:
        url = URL(relative, request_url(base_path="/docs"))
        assert (url.base_path, url.pathname, url.href) == ("/docs", pathname, href)

    def test_a_url_of_another_origin_does_not_get_it(self) -> None:
        url = URL("https://example.com/x", request_url(base_path="/docs", trailing_slash=True))
        assert (url.base_path, url.href) == ("", "https://example.com/x")

    def test_a_page_named_like_it_is_kept(self) -> None:
        assert request_url("/docs", base_path="/docs").href == "http://localhost:3000/docs/docs"
        assert URL("?x", request_url("/docs", base_path="/docs")).pathname == "/docs"

    @pytest.mark.parametrize("spelled", ["/v2", "v2", "/v2/"])
    def test_it_can_be_assigned(self, spelled: str) -> None:
        url = request_url(base_path="/docs")
        url.base_path = spelled
        assert (url.base_path, url.href) == ("/v2", "http://localhost:3000/v2/items/a")
        url.base_path = ""
        assert url.href == "http://localhost:3000/items/a"

    def test_an_assigned_href_is_split(self) -> None:
        url = request_url(base_path="/docs")
        url.href = "http://b/docs/x"
        assert (url.pathname, url.href) == ("/x", "http://b/docs/x")


class TestTrailingSlash:
    @pytest.mark.parametrize(
        ("pathname", "path"),
        [
            ("/", "/"),
            ("/about", "/about/"),
            ("/about/", "/about/"),
            ("/robots.txt", "/robots.txt"),
            ("/.well-known/x", "/.well-known/x"),
        ],
    )
    def test_href_has_it_but_for_files(self, pathname: str, path: str) -> None:
        url = request_url(pathname, "q=1", trailing_slash=True)
        assert url.pathname == pathname
        assert url.href == f"http://localhost:3000{path}?q=1"

    def test_the_home_page_below_a_base_path(self) -> None:
        assert request_url("/", base_path="/docs").href == "http://localhost:3000/docs"
        assert request_url("/", base_path="/docs", trailing_slash=True).href == "http://localhost:3000/docs/"

    def test_a_joined_url_takes_it_over(self) -> None:
        assert URL("/about", request_url(trailing_slash=True)).href == "http://localhost:3000/about/"

    def test_without_it_paths_stay_as_they_are(self) -> None:
        assert URL("http://a/b/").href == "http://a/b/"
        assert URL("http://a/b").href == "http://a/b"


class TestFromParts:
    def test_it_has_all_parts(self) -> None:
        url = URL.from_parts("https", "Example.com:443", "/a%20b", "q=1&q=2")
        assert (url.protocol, url.host, url.pathname, url.search) == ("https:", "example.com", "/a%20b", "?q=1&q=2")
        assert url.href == "https://example.com/a%20b?q=1&q=2"

    @pytest.mark.parametrize("query", ["q=a+b%20c%26d&n=%C3%A9&flag", "a=1&b=2&a=3", "", "a&&b", "x=%zz"])
    def test_search_keeps_its_spelling(self, query: str) -> None:
        url = request_url(query=query)
        assert url.search == (f"?{query}" if query else "")
        assert url.search_params.get_all("missing") == []
        assert url.search == (f"?{query}" if query else "")
        assert url.href.partition("?")[2] == query

    @pytest.mark.parametrize(
        ("path", "pathname"),
        [
            ("/a/../b", "/b"),
            ("/a/%2e%2e/b", "/b"),
            ("/.x", "/.x"),
            ("/%41", "/%41"),
            ("//evil.com/x", "//evil.com/x"),
            ("/a#b?c\\d", "/a%23b%3Fc%5Cd"),
            ("/é", "/%C3%A9"),
            ("*", "/*"),
            ("", "/"),
        ],
    )
    def test_odd_paths_stay_paths_of_this_host(self, path: str, pathname: str) -> None:
        url = request_url(path, "q")
        assert url.pathname == pathname
        assert url.href == f"http://localhost:3000{pathname}?q"

    @given(st.text(st.sampled_from("/.%2eEaZ~!'^`{|\"<># é?\\"), max_size=12), st.text(max_size=8))
    def test_lazy_parts_are_those_of_the_parsed_url(self, path: str, query: str) -> None:
        lazy, parsed = request_url(path, query), request_url(path, query)
        assert parsed.href
        assert (lazy.pathname, lazy.search) == (parsed.pathname, parsed.search)
        assert lazy.search_params == parsed.search_params

    def test_it_takes_assignments(self) -> None:
        url = request_url("/a", "q=1")
        url.pathname = "/b"
        url.hash = "h"
        assert url.href == "http://localhost:3000/b?q=1#h"

    @pytest.mark.parametrize("host", ["localhost", "localhost:3000", "EXAMPLE.com", "[::1]:80", "münchen.de", "a_b"])
    def test_a_host_header_may_hold(self, host: str) -> None:
        assert is_host(host)

    @pytest.mark.parametrize(
        "host", ["", "a b", "a/b", "a?b", "a#b", "u@a", "a\\b", "a:x", "a:99999", "[::1", "a\r\nb", "a%2fb", ":80"]
    )
    def test_a_host_header_may_not_hold(self, host: str) -> None:
        assert not is_host(host)


class TestLiveSearchParams:
    @pytest.mark.parametrize("url", [URL("http://a/?q=1&x=y%20z"), URL.from_parts("http", "a", "/", "q=1&x=y%20z")])
    def test_changing_them_changes_the_url(self, url: URL) -> None:
        url.search_params.append("q", "2")
        assert url.search == "?q=1&x=y+z&q=2"
        assert url.href == "http://a/?q=1&x=y+z&q=2"
        url.search_params.delete("q")
        assert url.href == "http://a/?x=y+z"
        url.search_params.delete("x")
        assert url.href == "http://a/"

    def test_they_follow_the_url(self) -> None:
        url = request_url(query="q=1")
        params = url.search_params
        url.search = "?q=2"
        assert params.get("q") == "2"
        url.href = "http://b/?q=3"
        assert params.get("q") == "3"
        assert url.search_params is params

    def test_a_change_is_kept_when_another_part_is_assigned(self) -> None:
        url = request_url(query="q=1")
        url.search_params.set("q", "2")
        url.pathname = "/x"
        assert url.href == "http://localhost:3000/x?q=2"

    def test_the_last_of_both_changes_wins(self) -> None:
        url = request_url(query="q=1")
        url.search_params.set("q", "2")
        url.search = "q=3"
        assert url.search == "?q=3"
        assert url.search_params.get("q") == "3"


class TestSearchParams:
    @pytest.mark.parametrize(
        ("query", "pairs"),
        [
            ("a=1&b=2&a=3", [("a", "1"), ("b", "2"), ("a", "3")]),
            ("?a=1", [("a", "1")]),
            ("??a=1", [("?a", "1")]),
            ("a", [("a", "")]),
            ("a=", [("a", "")]),
            ("=1", [("", "1")]),
            ("=", [("", "")]),
            ("&&a=1&", [("a", "1")]),
            ("a=b=c", [("a", "b=c")]),
            ("a=x+y%2Bz", [("a", "x y+z")]),
            ("%61+b=%C3%A9", [("a b", "é")]),
            ("a=%FF%zz%", [("a", "\ufffd%zz%")]),
            ("a=%EF%BB%BFx", [("a", "\ufeffx")]),
            ("a=1;b=2", [("a", "1;b=2")]),
            ("ä=ö", [("ä", "ö")]),
            ("", []),
        ],
    )
    def test_a_query_is_read_as_the_standard_says(self, query: str, pairs: list[tuple[str, str]]) -> None:
        assert list(URLSearchParams(query)) == pairs

    def test_it_is_written_as_the_standard_says(self) -> None:
        params = URLSearchParams([("a b", "*-._~'()!"), ("é", "&=+%"), ("x", ""), ("s", "\ud800")])
        assert str(params) == "a+b=*-._%7E%27%28%29%21&%C3%A9=%26%3D%2B%25&x=&s=%EF%BF%BD"

    def test_what_it_is_made_of(self) -> None:
        assert list(URLSearchParams()) == []
        assert list(URLSearchParams({"a": "1", "b": ["2", "3"]})) == [("a", "1"), ("b", "2"), ("b", "3")]
        assert list(URLSearchParams([("a", "1"), ("a", "2")])) == [("a", "1"), ("a", "2")]
        original = URLSearchParams("a=1")
        copied = URLSearchParams(original)
        copied.append("b", "2")
        assert str(original) == "a=1"

    def test_reading(self) -> None:
        params = URLSearchParams("a=1&b=2&a=3")
        assert params.get("a") == "1"
        assert params.get("c") is None
        assert params.get("c", "x") == "x"
        assert params.get_all("a") == ["1", "3"]
        assert params.get_all("c") == []
        assert params.has("b")
        assert not params.has("c")
        assert "b" in params
        assert "c" not in params
        assert (params.keys(), params.values()) == (["a", "b", "a"], ["1", "2", "3"])
        assert params.items() == list(params) == [("a", "1"), ("b", "2"), ("a", "3")]
        assert len(params) == 3
        assert repr(params) == "URLSearchParams([('a', '1'), ('b', '2'), ('a', '3')])"

    def test_set_keeps_the_first_place_and_drops_the_others(self) -> None:
        params = URLSearchParams("a=1&b=2&a=3")
        params.set("a", "x")
        params.set("c", "y")
        assert str(params) == "a=x&b=2&c=y"

    def test_append_and_delete(self) -> None:
        params = URLSearchParams("a=1&b=2&a=3")
        params.append("b", "4")
        params.delete("a")
        params.delete("missing")
        assert str(params) == "b=2&b=4"

    def test_sort_is_stable_and_by_utf_16_code_units(self) -> None:
        params = URLSearchParams([("z", "1"), ("ﬃ", "2"), ("🌈", "3"), ("a", "4"), ("z", "0")])
        params.sort()
        assert params.items() == [("a", "4"), ("z", "1"), ("z", "0"), ("🌈", "3"), ("ﬃ", "2")]

    @pytest.mark.parametrize("init", [{"page": 2}, [("page", 2)]])
    def test_values_are_str(self, init: object) -> None:
        expected = r"^Search params hold str, and 'page': 2 has a int: write str\(…\) around it\.$"
        with pytest.raises(TypeError, match=expected):
            URLSearchParams(init)  # type: ignore[arg-type]
        for change in (URLSearchParams().set, URLSearchParams().append):
            with pytest.raises(TypeError, match=expected):
                change("page", 2)  # type: ignore[arg-type]

    @given(st.lists(st.tuples(st.text(), st.text())))
    def test_what_was_written_is_read_back(self, pairs: list[tuple[str, str]]) -> None:
        written = str(URLSearchParams(pairs))
        assert list(URLSearchParams(written)) == pairs
        assert written.isascii()
        assert parse_qsl(written, keep_blank_values=True) == pairs

    @given(st.text(st.sampled_from("a%C3é&=+?f2 ")))
    def test_reading_never_fails_and_writing_settles(self, query: str) -> None:
        written = str(URLSearchParams(query))
        assert str(URLSearchParams(written)) == written


@pytest.mark.parametrize(
    "url",
    [
        URL("https://u:p@a.example:8443/x?q=1#h"),
        URL("http://a.example/docs/x", base_path="/docs", trailing_slash=True),
        request_url("/items/%2F", "a=1", base_path="/docs"),
        URL("data:text/plain,x"),
    ],
)
def test_a_url_can_be_pickled(url: URL) -> None:
    url.search_params.append("z", "2")
    for other in (pickle.loads(pickle.dumps(url)), url.clone()):
        assert other == url
        assert (other.pathname, other.base_path, other.href) == (url.pathname, url.base_path, url.href)
        other.hash = "other"
        assert other != url


def test_a_copy_with_a_base_path_keeps_what_follows_it() -> None:
    url = URL("http://a.example/docs/docs/x", base_path="/docs")
    assert pickle.loads(pickle.dumps(url)).pathname == url.pathname == "/docs/x"
