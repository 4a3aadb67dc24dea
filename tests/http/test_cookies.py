from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from byway.http.cookies import Cookie, CookieStore, RequestCookies, ResponseCookies

NOW = 1_795_230_565.0


class Lines:
    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)

    def get_set_cookies(self) -> list[str]:
        return list(self.lines)

    def replace_set_cookies(self, lines: list[str]) -> None:
        self.lines = lines


def response_cookies(*lines: str) -> tuple[ResponseCookies, Lines]:
    headers = Lines(*lines)
    return ResponseCookies(headers, now=lambda: NOW), headers


def store(header: str = "") -> CookieStore:
    return CookieStore(header, now=lambda: NOW)


@pytest.mark.parametrize(
    "make",
    [RequestCookies, store, lambda _: response_cookies("theme=dark", "lang=en")[0]],
    ids=["request", "store", "response"],
)
class TestReading:
    def test_methods(self, make: Callable[[str], RequestCookies | ResponseCookies | CookieStore]) -> None:
        cookies = make("theme=dark; lang=en")
        theme = cookies.get("theme")
        assert theme is not None
        assert (theme.name, theme.value) == ("theme", "dark")
        assert cookies.get("missing") is None
        assert [cookie.name for cookie in cookies.get_all()] == ["theme", "lang"]
        assert cookies.get_all("lang") == [Cookie("lang", "en")]
        assert cookies.get_all("missing") == []
        assert cookies.has("lang")
        assert not cookies.has("missing")
        assert "lang" in cookies
        assert "missing" not in cookies
        assert [cookie.value for cookie in cookies] == ["dark", "en"]
        assert len(cookies) == 2
        assert str(cookies) == "theme=dark; lang=en"
        assert repr(cookies) == f"<{type(cookies).__name__} theme, lang>"

    def test_set_takes_one_mapping_too(
        self, make: Callable[[str], RequestCookies | ResponseCookies | CookieStore]
    ) -> None:
        cookies = make("")
        cookies.set({"name": "x", "value": "a b", "http_only": True})
        assert [cookie.value for cookie in cookies.get_all("x")] == ["a b"]

    def test_an_unknown_option_is_refused(
        self, make: Callable[[str], RequestCookies | ResponseCookies | CookieStore]
    ) -> None:
        with pytest.raises(TypeError, match="httpOnly"):
            make("").set("x", "1", httpOnly=True)  # type: ignore[call-arg]

    def test_delete_and_clear(self, make: Callable[[str], RequestCookies | ResponseCookies | CookieStore]) -> None:
        cookies = make("theme=dark; lang=en")
        cookies.delete("theme")
        assert not cookies.has("theme")
        assert cookies.get("theme") is None
        cookies.clear()
        assert cookies.get_all() == []


def test_a_clients_cookie_is_json_of_its_name_and_value() -> None:
    assert msgspec.json.encode(RequestCookies("token=t1").get("token")) == b'{"name":"token","value":"t1"}'


class TestRequestCookies:
    def test_a_change_rewrites_the_header(self) -> None:
        headers: list[str] = []
        cookies = RequestCookies("a=1; b=x%20y", headers.append)
        cookies.set("c", "3;4", path="/x")
        cookies.set("a", "2")
        cookies.delete("b")
        cookies.delete("missing")
        cookies.clear()
        assert headers == ["a=1; b=x%20y; c=3%3B4", "a=2; b=x%20y; c=3%3B4", "a=2; c=3%3B4", ""]

    def test_a_request_knows_only_names_and_values(self) -> None:
        cookies = RequestCookies("")
        cookies.set("a", "1", path="/x", max_age=3)
        assert cookies.get("a") == Cookie("a", "1")

    def test_nothing_can_be_injected(self) -> None:
        with pytest.raises(ValueError, match="Invalid cookie name"):
            RequestCookies("").set("a; b", "1")


class TestResponseCookies:
    def test_set_and_delete_write_set_cookie_lines(self) -> None:
        cookies, headers = response_cookies()
        cookies.set("show-banner", "false")
        cookies.set("id", "7", http_only=True, same_site="lax", path="/")
        cookies.delete("experiments")
        cookies.delete({"name": "old", "path": "/deep", "domain": "example.com"})
        assert headers.lines == [
            "show-banner=false; Path=/",
            "id=7; Path=/; HttpOnly; SameSite=lax",
            "experiments=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "old=; Path=/deep; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=example.com",
        ]
        assert [cookie.name for cookie in cookies] == ["show-banner", "id"]

    def test_setting_a_name_again_keeps_its_place_and_other_lines_as_they_are(self) -> None:
        cookies, headers = response_cookies("x=1; path=/; foo", "a=1", "y=%zz", "a=2")
        cookies.set("a", "3", max_age=60)
        assert headers.lines == [
            "x=1; path=/; foo",
            "a=3; Path=/; Expires=Sat, 21 Nov 2026 03:10:25 GMT; Max-Age=60",
            "y=%zz",
        ]

    def test_attributes_are_read(self) -> None:
        cookies, _ = response_cookies("a=x%20y; Path=/p; Max-Age=5; Secure; SameSite=Lax")
        assert cookies.get("a") == Cookie("a", "x y", path="/p", max_age=5, secure=True, same_site="lax")


class TestCookieStore:
    def test_it_can_be_awaited(self) -> None:
        cookies = store("a=1")

        async def main() -> CookieStore:
            return await cookies

        assert asyncio.run(main()) is cookies

    def test_later_reads_see_what_was_set(self) -> None:
        cookies = store("count=4")
        cookies.set("count", "5", max_age=60)
        count = cookies.get("count")
        assert count is not None
        assert (count.value, count.path, count.max_age) == ("5", "/", 60)

    def test_only_changes_are_sent(self) -> None:
        cookies = store("theme=dark; token=abc")
        assert cookies.changes() == []
        cookies.delete("token")
        cookies.set("emptied", "")
        cookies.set("expired", "value", max_age=0)
        assert cookies.changes() == [
            "token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "emptied=; Path=/",
            "expired=value; Path=/; Max-Age=0",
        ]

    def test_the_last_of_one_name_wins_in_the_place_of_the_first(self) -> None:
        cookies = store()
        cookies.set("a", "1")
        cookies.set("b", "1")
        cookies.delete("a")
        cookies.set("a", "2", path="/only", http_only=True)
        assert cookies.changes() == ["a=2; Path=/only; HttpOnly", "b=1; Path=/"]
        assert [cookie.name for cookie in cookies] == ["b", "a"]

    def test_clear_deletes_each_where_it_was_set(self) -> None:
        cookies = store("token=abc; odd name=1")
        cookies.set("deep", "1", path="/deep", domain="example.com")
        cookies.clear()
        assert cookies.changes() == [
            "deep=; Path=/deep; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=example.com",
            "token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "odd name=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ]

    def test_a_read_only_store_says_why(self) -> None:
        cookies = CookieStore("a=1", read_only="Cookies can only be modified in a route handler.")
        changes: list[Callable[[], None]] = [lambda: cookies.set("a", "2"), lambda: cookies.delete("a"), cookies.clear]
        for change in changes:
            with pytest.raises(RuntimeError, match=r"^Cookies can only be modified in a route handler\.$"):
                change()
        assert str(cookies) == "a=1"
        cookies.read_only = None
        cookies.delete("a")
        assert not cookies.has("a")

    def test_nothing_can_be_injected(self) -> None:
        with pytest.raises(ValueError, match="Invalid path"):
            store().set("a", "1", path="/\r\nset-cookie: b=2")
