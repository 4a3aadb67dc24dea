from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.metadata.robots import Robots, serialise_robots
from byway.metadata.shapes import MetadataError

line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"))
lines = st.one_of(line, st.lists(line), st.none())
rules = st.fixed_dictionaries(
    {},
    optional={"user_agent": lines, "allow": lines, "disallow": lines, "crawl_delay": st.floats(0, 1e6)},
)


def text(robots: Any) -> str:
    return serialise_robots(robots).decode()


class TestDocuments:
    def test_one_rule_and_a_sitemap(self) -> None:
        robots: Robots = {
            "rules": {"user_agent": "*", "allow": "/", "disallow": "/private/"},
            "sitemap": "https://acme.com/sitemap.xml",
        }
        assert text(robots) == (
            "User-Agent: *\nAllow: /\nDisallow: /private/\n\nSitemap: https://acme.com/sitemap.xml\n"
        )

    def test_several_rules_and_lists(self) -> None:
        robots: Robots = {
            "rules": [
                {"user_agent": "Googlebot", "allow": ["/"], "disallow": "/private/"},
                {"user_agent": ["Applebot", "Bingbot"], "disallow": ["/"]},
            ],
            "sitemap": "https://acme.com/sitemap.xml",
        }
        assert text(robots) == (
            "User-Agent: Googlebot\nAllow: /\nDisallow: /private/\n\n"
            "User-Agent: Applebot\nUser-Agent: Bingbot\nDisallow: /\n\n"
            "Sitemap: https://acme.com/sitemap.xml\n"
        )


@pytest.mark.parametrize(
    ("robots", "expected"),
    [
        ({"rules": {"disallow": "/a"}}, "User-Agent: *\nDisallow: /a\n\n"),
        ({"rules": {"user_agent": []}}, "User-Agent: *\n\n"),
        ({"rules": {"crawl_delay": 10}}, "User-Agent: *\nCrawl-delay: 10\n\n"),
        ({"rules": {"crawl_delay": 2.0}}, "User-Agent: *\nCrawl-delay: 2\n\n"),
        ({"rules": {"crawl_delay": 0.5}}, "User-Agent: *\nCrawl-delay: 0.5\n\n"),
        ({"rules": {"crawl_delay": 1e-7}}, "User-Agent: *\nCrawl-delay: 0.0000001\n\n"),
        ({"rules": {"allow": "", "disallow": [""]}}, "User-Agent: *\n\n"),
        ({"rules": {"allow": None, "crawl_delay": None}}, "User-Agent: *\n\n"),
        (
            {"rules": {"other": {"Clean-param": ["ref /a", "id /b"], "Visit-time": 600}}},
            "User-Agent: *\nClean-param: ref /a\nClean-param: id /b\nVisit-time: 600\n\n",
        ),
        ({"rules": ({"allow": ("/a", "/b")},)}, "User-Agent: *\nAllow: /a\nAllow: /b\n\n"),
        ({"rules": [], "host": "https://acme.com"}, "Host: https://acme.com\n"),
        ({"rules": [], "sitemap": ["a", "b"]}, "Sitemap: a\nSitemap: b\n"),
        ({"rules": [], "sitemap": None, "host": ""}, ""),
        ({"rules": {"allow": "/é"}}, "User-Agent: *\nAllow: /é\n\n"),
    ],
)
def test_each_field_has_its_lines(robots: Robots, expected: str) -> None:
    assert text(robots) == expected


@pytest.mark.parametrize(
    ("robots", "message"),
    [
        (
            {"rules": [{}, {"userAgent": "*"}]},
            "rules[1] has the unknown key 'userAgent'. Did you mean 'user_agent'?",
        ),
        ({"rules": {"crawlDelay": 1}}, "rules has the unknown key 'crawlDelay'. Did you mean 'crawl_delay'?"),
        (
            {"rules": {}, "pages": 1},
            "The returned object has the unknown key 'pages'. It may have the keys 'rules', 'sitemap', 'host'.",
        ),
        (
            {"rules": [{}, {"user_agent": 5}]},
            "rules[1].user_agent is 5. Write a str without line breaks or a list of str.",
        ),
        ({"rules": {"allow": ["/", 5]}}, "rules.allow[1] is 5. Write a str without line breaks."),
        ({"rules": {"allow": "/\nHost: x"}}, "rules.allow is '/\\nHost: x'. Write a str without line breaks."),
        ({"rules": {"crawl_delay": -1}}, "rules.crawl_delay is -1. Write a number of seconds, 0 or more."),
        ({"rules": {"crawl_delay": True}}, "rules.crawl_delay is True. Write a number of seconds, 0 or more."),
        *(
            (
                {"rules": {"other": {name: "c"}}},
                f'rules.other[{name!r}] is {name!r}. Write a name of letters, digits, "-" and "_".',
            )
            for name in ("", "a\nb", "A:B", "Disallow: /\tx", "#a", "a ", "é ")
        ),
        (
            {"sitemap": "x"},
            "The returned object has no 'rules'. Write 'rules': a dict with the keys 'user_agent', 'allow', "
            "'disallow', 'crawl_delay', 'other' or a list of dicts.",
        ),
        (None, "The returned object is None. Write a dict with the keys 'rules', 'sitemap', 'host'."),
    ],
)
def test_a_fault_is_named_by_its_place_with_a_cure(robots: Any, message: str) -> None:
    with pytest.raises(MetadataError) as caught:
        text(robots)
    assert str(caught.value) == message


@given(st.fixed_dictionaries({"rules": st.one_of(rules, st.lists(rules))}, optional={"host": line, "sitemap": lines}))
def test_every_value_has_a_line_of_its_own(robots: dict[str, Any]) -> None:
    def listed(value: Any) -> list[Any]:
        return [one for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]

    groups = robots["rules"] if isinstance(robots["rules"], list) else [robots["rules"]]
    expected: list[tuple[str, str]] = []
    for group in groups:
        expected += [("User-Agent", agent) for agent in listed(group.get("user_agent") or "*")]
        expected += [("Allow", path) for path in listed(group.get("allow"))]
        expected += [("Disallow", path) for path in listed(group.get("disallow"))]
        expected += [("Crawl-delay", "") for _ in listed(group.get("crawl_delay"))]
    expected += [("Host", host) for host in listed(robots.get("host"))]
    expected += [("Sitemap", url) for url in listed(robots.get("sitemap"))]

    written = [one.split(": ", 1) for one in text(robots).split("\n") if one]
    assert [(name, "" if name == "Crawl-delay" else value) for name, value in written] == expected
