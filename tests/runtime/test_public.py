from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.runtime.public import Plan, PublicFile, content_type, plan

SECONDS = 1_700_000_000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
BEFORE = "Tue, 14 Nov 2023 22:13:19 GMT"
AFTER = "Tue, 14 Nov 2023 22:13:21 GMT"
SIZE = 100
ETAG = f'W/"64-{SECONDS * 10**9 + 5:x}"'
FILE = PublicFile.at(Path("public/file.txt"))


def stat_of(size: int) -> os.stat_result:
    floats = {"st_atime_ns": 0, "st_mtime_ns": SECONDS * 10**9 + 5, "st_ctime_ns": 0}
    return os.stat_result((0o100644, 1, 1, 1, 0, 0, size, 0, SECONDS, 0), floats)


def ask(method: str = "GET", *, size: int = SIZE, **headers: str) -> Plan:
    given_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return plan(FILE, method, given_headers.get, stat_of(size))


def test_a_file_is_sent_whole_with_its_headers() -> None:
    answer = ask()
    assert (answer.status, answer.start, answer.length) == (200, 0, SIZE)
    assert dict(answer.headers) == {
        "content-type": "text/plain; charset=UTF-8",
        "accept-ranges": "bytes",
        "cache-control": "public, max-age=0",
        "etag": ETAG,
        "last-modified": DATE,
        "content-length": "100",
    }


def test_head_has_the_headers_of_get_and_no_body() -> None:
    assert ask("HEAD").headers == ask().headers
    assert ask("HEAD").length == 0


def test_head_ignores_range() -> None:
    assert ask("HEAD", range="bytes=0-1") == ask("HEAD")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "get"])
def test_other_methods_are_told_which_are_allowed(method: str) -> None:
    assert ask(method) == Plan(405, (("allow", "GET, HEAD"),))


def test_options_tells_the_methods() -> None:
    assert ask("OPTIONS") == Plan(204, (("allow", "GET, HEAD"),))


@pytest.mark.parametrize("tags", [ETAG, ETAG.removeprefix("W/"), f'"x", {ETAG}', "*", f' "a,b" ,{ETAG} '])
def test_if_none_match_compares_weakly(tags: str) -> None:
    answer = ask(if_none_match=tags)
    assert (answer.status, answer.length) == (304, 0)
    assert [name for name, _ in answer.headers] == ["cache-control", "etag", "last-modified"]


def test_head_is_conditional_too() -> None:
    assert ask("HEAD", if_none_match=ETAG).status == 304


@pytest.mark.parametrize("since", [DATE, AFTER, "Tuesday, 14-Nov-23 22:13:20 GMT", "Tue Nov 14 22:13:20 2023"])
def test_if_modified_since_takes_the_three_date_formats(since: str) -> None:
    assert ask(if_modified_since=since).status == 304


@pytest.mark.parametrize("since", [BEFORE, "yesterday", "", "Tue, 99 Nov 2023 22:13:20 GMT"])
def test_an_older_or_malformed_if_modified_since_is_no_condition(since: str) -> None:
    assert ask(if_modified_since=since).status == 200


def test_if_none_match_wins_over_if_modified_since() -> None:
    assert ask(if_none_match='"other"', if_modified_since=AFTER).status == 200
    assert ask(if_none_match=ETAG, if_modified_since=BEFORE).status == 304


def test_if_match_wants_a_strong_tag_and_there_is_none() -> None:
    assert ask(if_match="*").status == 200
    assert ask(if_match=ETAG) == Plan(412, ())
    assert ask(if_match=ETAG.removeprefix("W/")).status == 412


def test_if_unmodified_since_fails_for_a_newer_file() -> None:
    assert ask(if_unmodified_since=DATE).status == 200
    assert ask(if_unmodified_since=BEFORE).status == 412
    assert ask(if_match="*", if_unmodified_since=BEFORE).status == 200


def test_if_match_is_judged_before_if_none_match() -> None:
    assert ask(if_match='"x"', if_none_match=ETAG).status == 412


@pytest.mark.parametrize(
    ("value", "start", "length", "content_range"),
    [
        ("bytes=0-0", 0, 1, "bytes 0-0/100"),
        ("bytes=10-19", 10, 10, "bytes 10-19/100"),
        ("bytes=90-", 90, 10, "bytes 90-99/100"),
        ("bytes=90-1000", 90, 10, "bytes 90-99/100"),
        ("bytes=-7", 93, 7, "bytes 93-99/100"),
        ("bytes=-1000", 0, 100, "bytes 0-99/100"),
        ("Bytes= 1-2 ", 1, 2, "bytes 1-2/100"),
    ],
)
def test_one_range_is_sent_alone(value: str, start: int, length: int, content_range: str) -> None:
    answer = ask(range=value)
    assert (answer.status, answer.start, answer.length) == (206, start, length)
    headers = dict(answer.headers)
    assert headers["content-range"] == content_range
    assert headers["content-length"] == str(length)
    assert headers["etag"] == ETAG


@pytest.mark.parametrize(
    "value",
    [
        "bytes=0-1,3-4",
        "bytes=5-4",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "items=0-1",
        "bytes=0-1,",
        "bytes=٣-٤",
        "bytes=" + "9" * 5000,
    ],
)
def test_several_malformed_or_foreign_ranges_give_the_whole_file(value: str) -> None:
    assert ask(range=value) == ask()


@pytest.mark.parametrize("value", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_without_a_byte_of_the_file_is_a_416(value: str) -> None:
    assert ask(range=value) == Plan(416, (("content-range", "bytes */100"),))


def test_ranges_of_an_empty_file() -> None:
    assert ask(size=0, range="bytes=0-").status == 416
    assert ask(size=0, range="bytes=-5").status == 200


def test_if_range_takes_the_exact_date_and_no_weak_tag() -> None:
    assert ask(range="bytes=0-1", if_range=DATE).status == 206
    for validator in (ETAG, ETAG.removeprefix("W/"), BEFORE, AFTER, "", "x"):
        assert ask(range="bytes=0-1", if_range=validator) == ask()


def test_an_unsatisfiable_range_of_an_older_file_gives_the_new_file() -> None:
    assert ask(range="bytes=500-", if_range=BEFORE).status == 200


def test_conditions_are_judged_before_ranges() -> None:
    assert ask(range="bytes=500-", if_none_match=ETAG).status == 304


@given(st.integers(0, 50), st.text(), st.text(alphabet="bytes=0123456789-, "), st.text(), st.text())
def test_no_header_is_an_error_and_a_body_stays_inside_the_file(
    size: int, tag: str, wanted: str, since: str, unmodified: str
) -> None:
    headers = {"if-none-match": tag, "range": wanted, "if-modified-since": since, "if-unmodified-since": unmodified}
    answer = plan(FILE, "GET", headers.get, stat_of(size))
    assert 0 <= answer.start <= answer.start + answer.length <= size
    if answer.status in (200, 206):
        assert dict(answer.headers)["content-length"] == str(answer.length)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.js", "text/javascript; charset=UTF-8"),
        ("a.mjs", "text/javascript; charset=UTF-8"),
        ("a.css", "text/css; charset=UTF-8"),
        ("A.HTML", "text/html; charset=UTF-8"),
        ("a.min.js.map", "application/json; charset=UTF-8"),
        ("a.svg", "image/svg+xml"),
        ("a.wasm", "application/wasm"),
        ("a.woff2", "font/woff2"),
        ("a.webmanifest", "application/manifest+json"),
        ("favicon.ico", "image/x-icon"),
        ("README.md", "text/markdown; charset=UTF-8"),
        ("a.unknown", "application/octet-stream"),
        ("js", "application/octet-stream"),
        ("a.", "application/octet-stream"),
    ],
)
def test_content_types_come_from_a_fixed_table(name: str, expected: str) -> None:
    assert content_type(name) == expected
