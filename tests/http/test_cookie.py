from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.http.cookie import (
    EPOCH,
    Cookie,
    decode_value,
    encode_value,
    merge_set_cookies,
    new_cookie,
    parse_cookie_header,
    parse_set_cookie,
    serialize_set_cookie,
)

NOW = datetime(2026, 11, 21, 3, 9, 25, tzinfo=UTC).timestamp()

names = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=";=,"), min_size=1, max_size=8)
values = st.text(st.characters(exclude_categories=["Cs"]))


def line(name: str, value: str, **options: Any) -> str:
    return serialize_set_cookie(new_cookie(name, value, now=NOW, **options))


class TestCookieHeader:
    @pytest.mark.parametrize(
        ("header", "cookies"),
        [
            ("", {}),
            ("theme=dark; lang=en", {"theme": "dark", "lang": "en"}),
            ("a=1;b=2;   c=3", {"a": "1", "b": "2", "c": "3"}),
            ("a=1; ; b=2;", {"a": "1", "b": "2"}),
            ("eq=x=y", {"eq": "x=y"}),
            ('q="quoted"', {"q": '"quoted"'}),
            ("bare", {"bare": "true"}),
            ("a=", {"a": ""}),
            ("a=b%20c%3B%C3%A9", {"a": "b c;é"}),
            ("a+b=c+d", {"a+b": "c+d"}),
        ],
    )
    def test_it_is_read_as_the_original_does(self, header: str, cookies: dict[str, str]) -> None:
        assert parse_cookie_header(header) == cookies

    def test_the_last_of_one_name_counts_in_the_place_of_the_first(self) -> None:
        assert list(parse_cookie_header("a=1; b=2; a=3").items()) == [("a", "3"), ("b", "2")]

    @pytest.mark.parametrize("value", ["%", "%2", "%zz", "%FF", "%ED%A0%80"])
    def test_what_cannot_be_decoded_is_left_out(self, value: str) -> None:
        assert parse_cookie_header(f"a={value}; b=2") == {"b": "2"}
        assert parse_cookie_header(f"a=1; a={value}") == {"a": "1"}

    @given(st.text())
    def test_reading_never_fails(self, header: str) -> None:
        parse_cookie_header(header)

    @given(st.dictionaries(names, values))
    def test_what_was_written_is_read_back(self, cookies: dict[str, str]) -> None:
        header = "; ".join(f"{name}={encode_value(value)}" for name, value in cookies.items())
        assert parse_cookie_header(header) == cookies


class TestValues:
    def test_they_are_encoded_as_encode_uri_component_does(self) -> None:
        assert encode_value("aZ09-_.!~*'() /?#[]@$&+,;=:%\"é🌈") == (
            "aZ09-_.!~*'()%20%2F%3F%23%5B%5D%40%24%26%2B%2C%3B%3D%3A%25%22%C3%A9%F0%9F%8C%88"
        )

    def test_a_lone_surrogate_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^A cookie's value holds a lone surrogate, which cannot be encoded\.$"):
            line("a", "\ud800")

    @given(values)
    def test_they_are_decoded_to_what_they_were(self, value: str) -> None:
        assert decode_value(encode_value(value)) == value


class TestSetCookie:
    def test_the_order_of_attributes_is_the_originals(self) -> None:
        assert (
            line(
                "all",
                "a b;c",
                expires=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
                domain="example.com",
                path="/deep",
                secure=True,
                http_only=True,
                same_site="strict",
                priority="high",
                partitioned=True,
            )
            == "all=a%20b%3Bc; Path=/deep; Expires=Wed, 02 Jan 2030 03:04:05 GMT; Domain=example.com; "
            "Secure; HttpOnly; SameSite=strict; Partitioned; Priority=high"
        )

    @pytest.mark.parametrize(
        ("options", "rest"),
        [
            ({}, "; Path=/"),
            ({"path": None}, "; Path=/"),
            ({"path": ""}, ""),
            ({"max_age": 3600}, "; Path=/; Expires=Sat, 21 Nov 2026 04:09:25 GMT; Max-Age=3600"),
            ({"max_age": 0}, "; Path=/; Max-Age=0"),
            ({"max_age": -60}, "; Path=/; Expires=Sat, 21 Nov 2026 03:08:25 GMT; Max-Age=-60"),
            ({"max_age": 10**15}, "; Path=/; Expires=Fri, 31 Dec 9999 23:59:59 GMT; Max-Age=1000000000000000"),
            ({"expires": 0}, "; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
            ({"expires": 1.5e9}, "; Path=/; Expires=Fri, 14 Jul 2017 02:40:00 GMT"),
            ({"expires": datetime(2030, 1, 2)}, "; Path=/; Expires=Wed, 02 Jan 2030 00:00:00 GMT"),
            (
                {"expires": datetime(2030, 1, 2, tzinfo=timezone(timedelta(hours=2)))},
                "; Path=/; Expires=Tue, 01 Jan 2030 22:00:00 GMT",
            ),
            ({"same_site": True}, "; Path=/; SameSite=strict"),
            ({"same_site": False}, "; Path=/"),
            ({"same_site": None}, "; Path=/"),
            ({"same_site": "Lax"}, "; Path=/; SameSite=lax"),
            ({"same_site": "none", "secure": True}, "; Path=/; Secure; SameSite=none"),
            ({"priority": "Low"}, "; Path=/; Priority=low"),
            ({"partitioned": True}, "; Path=/; Partitioned"),
            ({"domain": ""}, "; Path=/"),
        ],
    )
    def test_options(self, options: dict[str, Any], rest: str) -> None:
        assert line("a", "1", **options) == f"a=1{rest}"

    def test_names_with_a_prefix_are_not_altered(self) -> None:
        assert line("__Host-id", "1") == "__Host-id=1; Path=/"

    @pytest.mark.parametrize("name", ["", "a b", "a;b", "a=b", "a,b", "a\r\nb", "a\0", "é", "a\x7f", "\t"])
    def test_a_name_that_would_break_the_header_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError) as error:
            line(name, "1")
        assert str(error.value) == (
            f'Invalid cookie name {name!r}: use visible ASCII characters but for ";", "=" and ",", and at least one.'
        )

    @pytest.mark.parametrize("option", ["path", "domain"])
    @pytest.mark.parametrize("value", ["/; Secure", "/\r\nx: y", "/\0", "/é"])
    def test_a_path_or_domain_that_would_break_the_header_is_refused(self, option: str, value: str) -> None:
        with pytest.raises(ValueError) as error:
            line("a", "1", **{option: value})
        assert str(error.value) == (
            f"Invalid {option} {value!r} of cookie 'a': use ASCII without \";\" and control characters."
        )

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (
                {"same_site": "loose"},
                'same_site=\'loose\' of cookie \'a\': use "strict", "lax", "none", True (strict) or False.',
            ),
            ({"priority": "urgent"}, 'priority=\'urgent\' of cookie \'a\': use "low", "medium" or "high".'),
        ],
    )
    def test_an_unknown_word_is_refused(self, options: dict[str, str], message: str) -> None:
        with pytest.raises(ValueError) as error:
            line("a", "1", **options)
        assert str(error.value) == message

    def test_wrong_types_are_refused(self) -> None:
        with pytest.raises(TypeError, match=r"^The value of cookie 'a' is int, not str: write str\(…\) around it\.$"):
            line("a", 1)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"^max_age=1\.5 of cookie 'a': give whole seconds, as an int\.$"):
            line("a", "1", max_age=1.5)

    @given(st.text(max_size=6), st.text(), st.text(max_size=6), st.text(max_size=6))
    def test_nothing_can_be_injected(self, name: str, value: str, path: str, domain: str) -> None:
        try:
            written = line(name, value, path=path, domain=domain)
        except ValueError:
            return
        assert re.fullmatch(r"[\x20-\x7e]+", written)
        pair, *attributes = written.split("; ")
        assert pair.partition("=")[0] == name
        assert unquote(pair.partition("=")[2]) == value
        assert len(attributes) <= 2
        assert all(attribute.startswith(("Path=", "Domain=")) for attribute in attributes)

    @given(
        st.builds(
            Cookie,
            name=names,
            value=values,
            path=st.sampled_from([None, "/", "/a b"]),
            expires=st.none()
            | st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1)).map(
                lambda date: date.replace(microsecond=0, tzinfo=UTC)
            ),
            max_age=st.none() | st.integers(-(10**9), 10**9),
            domain=st.sampled_from([None, "a.example"]),
            same_site=st.sampled_from([None, "lax", "strict", "none"]),
            priority=st.sampled_from([None, "low", "medium", "high"]),
        )
    )
    def test_what_was_written_is_read_back(self, cookie: Cookie) -> None:
        assert parse_set_cookie(serialize_set_cookie(cookie)) == cookie

    def test_the_standard_library_reads_it(self) -> None:
        read = SimpleCookie(line("a", "b c", max_age=5, http_only=True, same_site="lax"))["a"]
        assert (read.value, read["max-age"], read["httponly"], read["samesite"]) == ("b%20c", "5", True, "lax")
        assert parsedate_to_datetime(read["expires"]).timestamp() == NOW + 5

    @pytest.mark.parametrize(
        ("written", "cookie"),
        [
            ("a=1", Cookie("a", "1")),
            (" a = 1 ;secure;HTTPONLY; Unknown=x", Cookie("a", "1", secure=True, http_only=True)),
            ("a=%zz; Max-Age=x; SameSite=y; Priority=z; Expires=soon; Path=", Cookie("a", "%zz")),
            ("a=1; expires=Thu, 01-Jan-1970 00:00:00 GMT", Cookie("a", "1", expires=EPOCH)),
            ("a", Cookie("a", "")),
        ],
    )
    def test_foreign_lines_are_read_leniently(self, written: str, cookie: Cookie) -> None:
        assert parse_set_cookie(written) == cookie

    @given(st.text())
    def test_reading_never_fails(self, written: str) -> None:
        parse_set_cookie(written)


def test_a_responses_own_cookies_come_first_and_win_by_name() -> None:
    assert merge_set_cookies(["a=own; X=1", "c=own"], ["a=store; Path=/", "b=store; Path=/"]) == [
        "a=own; X=1",
        "c=own",
        "b=store; Path=/",
    ]
