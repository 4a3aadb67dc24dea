"""``has`` and ``missing``: what they look at, and how mistakes in them are told."""

from __future__ import annotations

import pytest

from byway.http.request import Request
from byway.routing.conditions import Condition, Conditions, read_conditions
from byway.routing.path_syntax import RuleError

REQUEST = Request(
    "http://Shop.Example.com:3000/x?page=home&page=shop&empty=&lines=a%0Ab",
    headers=[
        ("X-Token", "abc"),
        ("x-many", "1"),
        ("x-many", "2"),
        ("x-empty", ""),
        ("cookie", 'a=1; session=true; a=2; bare; quoted="q"'),
    ],
)

HOLDS = [
    ({"type": "header", "key": "x-token"}, {"xtoken": "abc"}),
    ({"type": "header", "key": "X-TOKEN", "value": "abc"}, {}),
    ({"type": "header", "key": "x-token", "value": "(?<first>.)bc"}, {"first": "a"}),
    ({"type": "header", "key": "x-token", "value": "(?P<first>.)bc|(?P<other>x)"}, {"first": "a"}),
    ({"type": "header", "key": "x-many", "value": "1, 2"}, {}),
    ({"type": "cookie", "key": "session", "value": "true"}, {}),
    ({"type": "cookie", "key": "a", "value": "1"}, {}),
    ({"type": "cookie", "key": "quoted", "value": "q"}, {}),
    ({"type": "query", "key": "page", "value": "(?<page>shop)"}, {"page": "shop"}),
    ({"type": "query", "key": "page"}, {"page": "shop"}),
    ({"type": "query", "key": "lines", "value": ".*"}, {}),
    ({"type": "host", "value": r"(?<sub>\w+)\.example\.com"}, {"sub": "shop"}),
    ({"type": "host", "value": r"SHOP\.example\.com"}, {}),
]
FAILS = [
    {"type": "header", "key": "x-none"},
    {"type": "header", "key": "x-empty"},
    {"type": "header", "key": "x-empty", "value": ".*"},
    {"type": "header", "key": "x-token", "value": "ab"},
    {"type": "header", "key": "x-token", "value": "bc"},
    {"type": "header", "key": "x-token", "value": "ABC"},
    {"type": "cookie", "key": "none"},
    {"type": "cookie", "key": "a", "value": "2"},
    {"type": "cookie", "key": "bare"},
    {"type": "query", "key": "page", "value": "home"},
    {"type": "query", "key": "none"},
    {"type": "query", "key": "empty"},
    {"type": "host", "value": r"shop\.example\.com:3000"},
    {"type": "host", "value": "example"},
]


@pytest.mark.parametrize(("item", "captured"), HOLDS)
def test_an_item_holds_and_captures(item: object, captured: dict[str, str]) -> None:
    assert Condition(item).match(REQUEST) == captured


@pytest.mark.parametrize("item", FAILS)
def test_an_item_does_not_hold(item: object) -> None:
    assert Condition(item).match(REQUEST) is None


def conditions(has: list[object], missing: list[object]) -> Conditions:
    return Conditions(read_conditions("has", has)[0], read_conditions("missing", missing)[0])


TRUE = {"type": "header", "key": "x-token", "value": "(?<token>.*)"}
ALSO_TRUE = {"type": "query", "key": "page"}
FALSE = {"type": "cookie", "key": "none"}


def test_every_item_of_has_must_hold() -> None:
    assert conditions([], []).match(REQUEST) == {}
    assert conditions([TRUE, ALSO_TRUE], []).match(REQUEST) == {"token": "abc", "page": "shop"}
    assert conditions([TRUE, FALSE], []).match(REQUEST) is None


def test_no_item_of_missing_may_hold() -> None:
    assert conditions([TRUE], [FALSE]).match(REQUEST) == {"token": "abc"}
    assert conditions([TRUE], [FALSE, ALSO_TRUE]).match(REQUEST) is None


FAULTS: list[tuple[object, str, str]] = [
    ("x", "An item is str, not a dict.", '{"type": "header", "key": "x-token"}'),
    ({"type": "headers", "key": "x"}, "An item's type is 'headers'.", '"header", "cookie", "query" or "host"'),
    ({"type": [], "key": "x"}, "An item's type is [].", '"host"'),
    ({"key": "x"}, "An item's type is None.", '"host"'),
    ({"type": "header"}, 'An item of the type "header" has no key.', 'Write the name of the header as "key".'),
    ({"type": "query", "key": ""}, 'An item of the type "query" has no key.', "the name of the query"),
    ({"type": "cookie", "key": 1}, 'An item of the type "cookie" has no key.', "the name of the cookie"),
    ({"type": "header", "key": "x", "values": ""}, "An item has an unknown key 'values'.", '"type", "key" and "value"'),
    ({"type": "header", "key": "x", "value": 1}, "An item's value is int, not str.", "Write a regular expression."),
    ({"type": "header", "key": "x", "value": "("}, "'(' is no regular expression: ", "Python's re module"),
    ({"type": "host"}, 'An item of the type "host" has no value.', '"value": "example\\\\.com"'),
    ({"type": "host", "key": "h", "value": "x"}, 'An item of the type "host" has a key.', "Leave it out"),
]


@pytest.mark.parametrize(("item", "what", "cure"), FAULTS)
def test_a_bad_item_is_refused_with_a_cure(item: object, what: str, cure: str) -> None:
    with pytest.raises(RuleError) as caught:
        Condition(item)
    assert caught.value.what.startswith(what)
    assert cure in caught.value.cure


def test_all_mistakes_of_a_list_are_told_with_their_places() -> None:
    found, errors = read_conditions("matcher.has", ["x", TRUE, {"type": "host"}])
    assert len(found) == 1
    assert [error.what for error in errors] == [
        "matcher.has[0]: An item is str, not a dict.",
        'matcher.has[2]: An item of the type "host" has no value.',
    ]
    found, errors = read_conditions("matcher.has", TRUE)
    assert [error.what for error in errors] == ["matcher.has is dict, not a list."]
