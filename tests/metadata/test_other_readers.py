"""What is written is understood by readers that others have written: robots.txt by Python's own, the manifest by the
rules of the W3C's Web Application Manifest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.robotparser import RobotFileParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.metadata.manifest import Manifest, serialise_manifest
from byway.metadata.robots import Robots, serialise_robots

SITE = "https://acme.com"
Check: TypeAlias = Callable[[Any], bool]


def parsed(robots: Robots) -> RobotFileParser:
    parser = RobotFileParser()
    parser.parse(serialise_robots(robots).decode().splitlines())
    return parser


class TestRobots:
    def test_the_rules_of_several_agents(self) -> None:
        robots = parsed(
            {
                "rules": [
                    {"user_agent": "Googlebot", "allow": ["/"]},
                    {"user_agent": ["Applebot", "Bingbot"], "disallow": ["/"], "crawl_delay": 5},
                    {"disallow": ["/private/", "/basket"]},
                ],
                "sitemap": [f"{SITE}/sitemap.xml", f"{SITE}/items/sitemap/0.xml"],
            }
        )
        assert robots.can_fetch("Googlebot", f"{SITE}/private/")
        assert not robots.can_fetch("Applebot", f"{SITE}/about")
        assert not robots.can_fetch("Bingbot", f"{SITE}/about")
        assert robots.can_fetch("Otherbot", f"{SITE}/about")
        assert not robots.can_fetch("Otherbot", f"{SITE}/private/drafts")
        assert not robots.can_fetch("Otherbot", f"{SITE}/basket")
        assert int(robots.crawl_delay("Bingbot") or 0) == 5
        assert robots.crawl_delay("Googlebot") is None
        assert robots.site_maps() == [f"{SITE}/sitemap.xml", f"{SITE}/items/sitemap/0.xml"]

    # Names that are no part of one another, since the reader looks for a part.
    agents = st.integers(100, 999).map("bot{}".format)
    paths = st.text("abc", min_size=1, max_size=3).map("/{}/".format)

    @given(st.dictionaries(agents, st.lists(paths, max_size=3), min_size=1, max_size=4), agents, paths)
    def test_each_agent_is_kept_out_of_what_its_rule_says(
        self, rules: dict[str, list[str]], agent: str, path: str
    ) -> None:
        robots = parsed({"rules": [{"user_agent": name, "disallow": paths} for name, paths in rules.items()]})
        assert robots.can_fetch(agent, f"{SITE}{path}x") is (path not in rules.get(agent, []))

    @given(st.lists(agents, min_size=1, max_size=4, unique=True), paths, agents)
    def test_a_rule_holds_for_each_of_its_agents(self, names: list[str], path: str, agent: str) -> None:
        robots = parsed({"rules": {"user_agent": names, "disallow": path}})
        assert robots.can_fetch(agent, SITE + path) is (agent not in names)


def is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def one_of(*words: str) -> Check:
    return lambda value: value in words


def words_of(*words: str) -> Check:
    return lambda value: isinstance(value, str) and {*value.split()} <= {*words}


def is_image(value: Any) -> bool:
    """An "image resource"."""
    checks: dict[str, Check] = {
        "src": is_text,
        "type": lambda given: isinstance(given, str) and re.fullmatch(r"image/[\w.+-]+", given) is not None,
        "sizes": lambda given: (
            isinstance(given, str) and all(re.fullmatch(r"any|\d+x\d+", one) for one in given.split())
        ),
        "purpose": words_of("any", "maskable", "monochrome"),
    }
    return isinstance(value, dict) and "src" in value and _hold(value, checks)


def is_shortcut(value: Any) -> bool:
    """A "shortcut item"."""
    checks: dict[str, Check] = {"name": is_text, "url": is_text, "icons": are(is_image)}
    checks |= {"short_name": is_text, "description": is_text}
    return isinstance(value, dict) and {"name", "url"} <= {*value} and _hold(value, checks)


def are(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(check(one) for one in value)


def _hold(value: Any, checks: dict[str, Check]) -> bool:
    return all(name in checks and checks[name](one) for name, one in value.items())


# Each member of the specification, and what a browser takes as its value; anything else it would ignore.
MEMBERS: dict[str, Check] = {
    "background_color": lambda value: isinstance(value, str) and re.fullmatch(r"#[0-9a-f]{3,8}", value) is not None,
    "dir": one_of("ltr", "rtl", "auto"),
    "display": one_of("fullscreen", "standalone", "minimal-ui", "browser"),
    "icons": are(is_image),
    "id": is_text,
    "lang": lambda value: isinstance(value, str) and re.fullmatch(r"[a-z]{2,3}(-\w+)*", value) is not None,
    "name": is_text,
    "orientation": one_of(
        *("any", "natural", "landscape", "portrait"),
        *(f"{side}-{number}" for side in ("landscape", "portrait") for number in ("primary", "secondary")),
    ),
    "scope": is_text,
    "short_name": is_text,
    "shortcuts": are(is_shortcut),
    "start_url": is_text,
}
MEMBERS["theme_color"] = MEMBERS["background_color"]

EVERYTHING: Manifest = {
    "background_color": "#fff",
    "dir": "ltr",
    "display": "standalone",
    "icons": [
        {"src": "/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable"},
        {"src": "/icon1/192", "sizes": "192x192 512x512", "type": "image/png"},
    ],
    "id": "/?app",
    "lang": "en-GB",
    "name": "Acme & Sons",
    "orientation": "portrait-primary",
    "scope": "/",
    "short_name": "Acme",
    "shortcuts": [{"name": "Basket", "url": "/basket", "description": "What is in it", "icons": [{"src": "/b.png"}]}],
    "start_url": "/",
    "theme_color": "#1f2937",
}


class TestManifest:
    def test_every_member_of_the_specification_has_the_shape_that_it_wants(self) -> None:
        written = json.loads(serialise_manifest(EVERYTHING))
        assert {*written} == {*MEMBERS}
        for name, value in written.items():
            assert MEMBERS[name](value), name

    @pytest.mark.parametrize(("member", "words"), [("dir", 3), ("display", 4), ("orientation", 8)])
    def test_its_words_are_those_of_the_specification(self, member: str, words: int) -> None:
        candidates = ["ltr", "rtl", "auto", "fullscreen", "standalone", "minimal-ui", "browser", "any", "natural"]
        candidates += ["landscape", "portrait", "sideways"]
        candidates += [f"{side}-{number}" for side in ("landscape", "portrait") for number in ("primary", "secondary")]
        taken = 0
        for word in candidates:
            manifest: Any = {member: word}
            if MEMBERS[member](word):
                assert json.loads(serialise_manifest(manifest)) == manifest
                taken += 1
            else:
                with pytest.raises(ValueError, match=member):
                    serialise_manifest(manifest)
        assert taken == words

    @pytest.mark.parametrize(
        "member", [{"icons": [{"sizes": "any"}]}, {"shortcuts": [{"name": "Basket"}]}, {"name": 1}, {"icons": {}}]
    )
    def test_what_a_browser_would_ignore_is_refused(self, member: Any) -> None:
        ((name, value),) = member.items()
        assert not MEMBERS[name](value)
        with pytest.raises(ValueError, match=name):
            serialise_manifest(member)
