"""The rules of a config: what they say, and the words for every mistake in them."""

from __future__ import annotations

from typing import Any

import pytest

from byway.routing.rule_reading import RawRules, read_rules
from byway.routing.rules import Rules
from byway.server import Request

SOURCE = {"source": "/a"}
TO = {"source": "/a", "destination": "/b"}
HEADERS = {"source": "/a", "headers": [{"key": "x-a", "value": "1"}]}
EXAMPLE = 'Write {"source": "/about", "headers": [{"key": "x-name", "value": "its value"}]}.'
STATUSES = 'Write "permanent": True (308) or False (307), or "status_code": one of 301, 302, 303, 307, 308.'


def rules_of(base_path: str = "", **raw: Any) -> Rules:
    rules, mistakes = read_rules(RawRules(**raw), base_path)
    assert mistakes == []
    return rules


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    (
        {"redirects": "/a"},
        "redirects() is str, not a list.",
        'Return a list of rules such as {"source": "/old/:path*", "destination": "/new/:path*", "permanent": True}.',
    ),
    (
        {"headers": [1]},
        "headers()[0] is int, not a dict.",
        EXAMPLE,
    ),
    (
        {"rewrites": [TO, TO | {"destinations": "/x"}]},
        "rewrites()[1] has an unknown key 'destinations'.",
        "Did you mean 'destination'?",
    ),
    (
        {"rewrites": {"beforeFiles": [TO]}},
        "rewrites() has an unknown key 'beforeFiles'.",
        "Did you mean 'before_files'?",
    ),
    (
        {"rewrites": {"fallback": [{"destination": "/b"}]}},
        "rewrites()['fallback'][0] has no source.",
        'Write the paths that it is for: "source": "/about/:path*".',
    ),
    (
        {"redirects": [TO | {"zzz": 1, "permanent": True}]},
        "redirects()[0] has an unknown key 'zzz'.",
        "Its keys are 'source', 'has', 'missing', 'base_path', 'destination', 'permanent', 'status_code'.",
    ),
    (
        {"redirects": [TO | {"source": "a", "permanent": True}]},
        "redirects()[0]: The source 'a' does not begin with a slash.",
        'Write "/a".',
    ),
    (
        {"redirects": [TO | {"base_path": True, "permanent": True}]},
        "redirects()[0]: base_path is True.",
        "Write False, so that the base path is not put before it, or leave it out.",
    ),
    ({"redirects": [TO]}, "redirects()[0]: It says neither permanent nor status_code.", STATUSES),
    ({"redirects": [TO | {"permanent": 1}]}, "redirects()[0]: permanent is 1.", STATUSES),
    ({"redirects": [TO | {"status_code": 200}]}, "redirects()[0]: status_code is 200.", STATUSES),
    ({"redirects": [TO | {"status_code": True}]}, "redirects()[0]: status_code is True.", STATUSES),
    (
        {"redirects": [TO | {"permanent": True, "status_code": 301}]},
        "redirects()[0]: It has both permanent and status_code.",
        STATUSES,
    ),
    (
        {"redirects": [SOURCE | {"permanent": True}]},
        "redirects()[0]: A rule has no destination.",
        'Write where it leads: "destination": "/about/:path*".',
    ),
    (
        {"rewrites": [{"source": "/a/:path*", "destination": "/b/:path"}]},
        "rewrites()[0]: The destination has :path once, but the source captures a list by that name.",
        "Write :path*.",
    ),
    (
        {"rewrites": [TO | {"has": [{"type": "header"}]}]},
        'rewrites()[0].has[0]: An item of the type "header" has no key.',
        'Write the name of the header as "key".',
    ),
    (
        {"rewrites": [TO | {"missing": "x"}]},
        "rewrites()[0].missing is str, not a list.",
        'Write an item such as {"type": "header", "key": "x-token"}.',
    ),
    ({"headers": [SOURCE]}, "headers()[0]: A rule has no headers.", EXAMPLE),
    ({"headers": [SOURCE | {"headers": {"x-a": "1"}}]}, "headers()[0]: headers is dict, not a list.", EXAMPLE),
    ({"headers": [SOURCE | {"headers": ["x-a"]}]}, "headers()[0]: headers[0] is str, not a dict.", EXAMPLE),
    (
        {"headers": [SOURCE | {"headers": [{"key": "x-a"}]}]},
        "headers()[0]: headers[0] needs a key and a value, both of them str.",
        EXAMPLE,
    ),
    (
        {"headers": [SOURCE | {"headers": [{"key": "x-a", "val": "1"}]}]},
        "headers()[0]: headers[0] has an unknown key 'val'.",
        "Did you mean 'value'?",
    ),
    (
        {"headers": [SOURCE | {"headers": [{"key": "x a", "value": "1"}]}]},
        "headers()[0]: headers[0] cannot be sent.",
        "Invalid header name 'x a': letters, digits and !#$%&'*+-.^_`|~ are allowed.",
    ),
    (
        {"headers": [SOURCE | {"headers": [{"key": "Content-Length", "value": "1"}]}]},
        "headers()[0]: headers[0] sets 'Content-Length', which the server decides about each answer.",
        "Leave it out.",
    ),
    (
        {"headers": [SOURCE | {"headers": [{"key": "x-a", "value": "a\nb"}]}]},
        "headers()[0]: headers[0] cannot be sent.",
        "The value of header 'x-a' holds a line break or another control character; headers cannot carry those.",
    ),
]


@pytest.mark.parametrize(("raw", "what", "cure"), FAULTS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_mistake_is_told_with_its_rule_and_a_cure(raw: dict[str, Any], what: str, cure: str) -> None:
    _, mistakes = read_rules(RawRules(**raw))
    assert [(mistake.what, mistake.cure) for mistake in mistakes] == [(what, cure)]


def test_a_rewrite_out_of_the_base_path_leads_to_another_server() -> None:
    rule = TO | {"base_path": False}
    _, mistakes = read_rules(RawRules(rewrites=[rule]), "/base")
    assert [(mistake.what, mistake.cure) for mistake in mistakes] == [
        (
            "rewrites()[0]: A rewrite with base_path False leads to a path of this app, which is below it.",
            'Write a URL as its destination ("https://…"), or leave out base_path.',
        )
    ]
    assert rules_of(rewrites=[rule]).rewrites.after_files
    assert rules_of("/base", rewrites=[rule | {"destination": "https://a.example/"}]).rewrites.after_files


def test_all_mistakes_are_found_at_once() -> None:
    wrong: dict[str, Any] = {"headers": [1, SOURCE], "redirects": [TO, {}], "rewrites": {"x": [], "fallback": [2]}}
    _, mistakes = read_rules(RawRules(**wrong))
    assert len(mistakes) == 6


def test_without_functions_there_are_no_rules() -> None:
    rules = rules_of()
    assert not any((rules.headers, rules.redirects, *rules.rewrites))


def test_a_list_of_rewrites_is_of_those_after_files() -> None:
    before, after, fallback = rules_of(rewrites=[TO]).rewrites
    assert (bool(before), bool(after), bool(fallback)) == (False, True, False)
    stages = rules_of(rewrites={"before_files": [TO], "fallback": [TO]}).rewrites
    assert [bool(stage) for stage in stages] == [True, False, True]


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"permanent": True}, 308), ({"permanent": False}, 307), ({"status_code": 301}, 301), ({"status_code": 303}, 303)],
)
def test_permanent_and_status_code_tell_the_status(fields: dict[str, Any], status: int) -> None:
    ((_, rule),) = rules_of(redirects=[TO | fields]).redirects.numbered
    assert rule.status == status


def test_headers_have_parameters_of_the_path_and_of_conditions() -> None:
    rule = {
        "source": "/:slug/:rest*",
        "has": [{"type": "query", "key": "q"}, {"type": "cookie", "key": "c", "value": "(?<user>.*)"}],
        "headers": [
            {"key": "x-:slug", "value": ":slug, :rest*, :q, :user, :nobody"},
            {"key": "X-Fixed", "value": "one"},
        ],
    }
    ((_, read),) = rules_of(headers=[rule]).headers.numbered
    request = Request("http://a.example/?q=a%0Ab%E2%82%AC", headers={"cookie": "c=ada"})
    captures = read.match("/a(b/c%20d/e", request)
    assert captures is not None
    assert read.raw(captures) == [
        (b"x-a%28b", b"a(b, c%20d/e, a%0Ab%E2%82%AC, ada, :nobody"),
        (b"x-fixed", b"one"),
    ]


def test_conditions_capture_for_a_destination_what_is_encoded_there() -> None:
    rule = {
        "source": "/a",
        "has": [{"type": "query", "key": "page"}],
        "destination": "/b/:page",
        "permanent": False,
    }
    ((_, read),) = rules_of(redirects=[rule]).redirects.numbered
    captures = read.match("/a", Request("http://a.example/a?page=x/../y%3Fz%23"))
    assert captures is not None
    assert str(read.destination.fill(captures.as_url(), "")) == "/b/x%2F..%2Fy%3Fz%23"


def test_a_table_gives_the_rules_that_may_be_for_a_segment_in_their_order() -> None:
    sources = ["/a", "/:any", "/b/:x", "/A/:y", "/(.*)"]
    table = rules_of(rewrites=[{"source": source, "destination": "/z"} for source in sources]).rewrites.after_files
    assert table.firsts == {"a", "b"}

    def numbers(first: str | None) -> list[int]:
        return [number for number, _ in table.for_segment(first).numbered]

    assert (numbers("a"), numbers("b"), numbers(None)) == ([0, 1, 3, 4], [1, 2, 4], [1, 4])


def test_below_a_base_path_rules_without_it_are_for_any_segment() -> None:
    rule = {"source": "/out", "destination": "/x", "permanent": True}
    table = rules_of("/base", redirects=[rule, rule | {"base_path": False}]).redirects
    assert [rule.is_outer for _, rule in table.numbered] == [False, True]
    assert table.firsts == {"out"}
    assert [number for number, _ in table.for_segment(None).numbered] == [1]
