"""Path patterns: what a source matches, what it captures, and how a bad one is told."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.routing.matcher import BadPath
from byway.routing.path_syntax import RuleError, compile_regex
from byway.routing.patterns import Pattern, canonical, spellings

MATCHES = [
    ("/", "/", {}),
    ("/about", "/about", {}),
    ("/about", "/about/", {}),
    ("/about/", "/about", {}),
    ("/about/:path", "/about/a", {"path": "a"}),
    ("/about/:path*", "/about", {}),
    ("/about/:path*", "/about/a", {"path": ["a"]}),
    ("/about/:path*", "/about/a/b", {"path": ["a", "b"]}),
    ("/about/:path+", "/about/a/b", {"path": ["a", "b"]}),
    ("/about/:path?", "/about", {}),
    ("/about/:path?", "/about/a", {"path": "a"}),
    ("/:path*", "/", {}),
    ("/about/(.*)", "/about/x/y", {}),
    ("/about/(.*)?", "/about", {}),
    ("/((?!api|_next/static).*)", "/", {}),
    ("/((?!api|_next/static).*)", "/about/x", {}),
    ("/((?!api|_byway).*)", "/a/api", {}),
    (r"/post/:id(\d+)", "/post/12", {"id": "12"}),
    (r"/post/:id(\d{1,3})", "/post/123", {"id": "123"}),
    ("/:kind(a|b)/:rest*", "/b/x/y", {"kind": "b", "rest": ["x", "y"]}),
    ("/:lang(en|de)?/about", "/about", {}),
    ("/:from-:to", "/ber-muc", {"from": "ber", "to": "muc"}),
    ("/:file.:ext?", "/logo", {"file": "logo"}),
    ("/:file.:ext?", "/logo.svg", {"file": "logo", "ext": "svg"}),
    ("/shop{/:page}?/list", "/shop/list", {}),
    ("/shop{/:page}?/list", "/shop/2/list", {"page": "2"}),
    ("/a{,:y}*{-:x}", "/a,1,2-3", {"x": "3", "y": ["1", "2"]}),
    ("/{:x,}*", "/1,2,", {"x": ["1", "2"]}),
    ("/{:x/}*end", "/1/2/end", {"x": ["1", "2"]}),
    ("/:a.:b/:c*", "/1.2/3/4", {"a": "1", "b": "2", "c": ["3", "4"]}),
    ("/{a}*{,:x}", "/aaa,1", {"x": "1"}),
    ("/colo{u}?r", "/color", {}),
    ("/colo{u}?r", "/colour", {}),
    (r"/english\(default\)/:slug", "/english(default)/x", {"slug": "x"}),
    (r"/a\:b\*\?\+\{\}", "/a:b*?+{}", {}),
    (r"/:v(\((?:\d)\))", "/(1)", {"v": "(1)"}),
    (r"/:year((?<y>\d{4}))", "/2026", {"year": "2026"}),
    ("/日本/:x", "/日本/語", {"x": "語"}),
    ("/a.b", "/a.b", {}),
    ("/:x", "/a%2Fb", {"x": "a%2Fb"}),
    ("/(.*)", "/a\nb", {}),
]
MISSES = [
    ("/", "/a"),
    ("/about", "/about/team"),
    ("/about", "/About"),
    ("/about", "/aboutx"),
    ("/about", "/x/about"),
    ("/about", "/about\n"),
    ("/about/:path", "/about"),
    ("/about/:path", "/about/a/b"),
    ("/about/:path*", "/aboutx"),
    ("/about/:path+", "/about"),
    ("/about/:path?", "/about/a/b"),
    ("/about/(.*)", "/about"),
    ("/((?!api|_next/static).*)", "/api"),
    ("/((?!api|_next/static).*)", "/api/x"),
    ("/((?!api|_next/static).*)", "/_next/static/x"),
    (r"/post/:id(\d+)", "/post/a"),
    (r"/post/:id(\d{1,3})", "/post/1234"),
    (r"/post/:id(\d+)", "/post/١٢"),
    ("/:kind(a|b)/:rest*", "/c"),
    ("/a.b", "/axb"),
    ("/:from-:to", "/a-b-"),
]


@pytest.mark.parametrize(("source", "path", "params"), MATCHES)
def test_a_source_matches_and_captures(source: str, path: str, params: dict[str, str | list[str]]) -> None:
    assert Pattern(source).match(path) == params


@pytest.mark.parametrize(("source", "path"), MISSES)
def test_a_source_does_not_match(source: str, path: str) -> None:
    assert Pattern(source).match(path) is None


FAULTS = {
    "about": ("The source 'about' does not begin with a slash.", 'Write "/about".'),
    "/a/:": ("at character 4, a colon has no name after it", 'Write a parameter such as ":id", or "\\:"'),
    "/a(b": ("at character 3, a parenthesis is never closed", 'Close it, or write "\\("'),
    "/a)b": ("at character 3, a parenthesis was never opened", 'Write "\\)"'),
    "/a{b": ("at character 3, a brace is never closed", "Close it after one parameter"),
    "/{:a:b}": ("at character 2, a brace is never closed", "Close it after one parameter"),
    "/a}b": ("at character 3, a brace was never opened", 'Write "\\}"'),
    "/about*": ('at character 7, "*" follows no parameter or group', 'Write ":path*", or "\\*"'),
    "/a\\": ("at character 3, a backslash has nothing after it", 'Write "\\\\"'),
    "/a()": ("at character 3, a group is empty", '"(.*)"'),
    "/(?!api)": ('at character 2, a group begins with "?"', 'as in "((?!api).*)"'),
    "/:x(a(b)c)": ("at character 4, a group holds another that captures", 'Write "(?:…)"'),
    "/:x([a)": ("at character 4, '[a' is no regular expression: unterminated character set", "Python's re module"),
    "/:x/:x": ('at character 5, the parameter "x" comes a second time', "a name of its own"),
    "/:x:y": ("at character 4, a parameter follows another directly", 'as in "/:from-:to"'),
    "/a(b|c)*": ("at character 3, a parameter repeats with nothing between its values", 'as in "/:path*"'),
    "/:a*/:b*/end": ("at character 6, a second part repeats", 'as in "/docs/:path*"'),
    "/:a*/x/:b+": ("at character 8, a second part repeats", "a source for each of the other cases"),
    r"/:a(\d+)+/{,:b}*": ("a second part repeats", "Let one part repeat"),
    "/{a}*{a}*": ("at character 6, a second part repeats", "Let one part repeat"),
    "/:a.:b*": ("at character 5, a part repeats within a segment in which a parameter", 'as in "/:name/:path*"'),
    "/:a-b{,:c}*": ("a part repeats within a segment in which a parameter comes before it", "Put a slash before"),
    "/:a{x}*": ("at character 4, a part repeats within a segment in which a parameter", "Put a slash before"),
    "/(?P<x>a)": ('at character 2, a group begins with "?"', "parentheses of its own"),
    "/((?<x>a))/((?<x>b))": ("makes no regular expression: redefinition of group name", "another name, or none"),
}


@pytest.mark.parametrize("source", FAULTS)
def test_a_bad_source_is_refused_with_its_place_and_a_cure(source: str) -> None:
    what, cure = FAULTS[source]
    with pytest.raises(RuleError) as caught:
        Pattern(source)
    assert what in caught.value.what
    assert caught.value.what.endswith(".")
    assert cure in caught.value.cure
    assert str(caught.value) == f"{caught.value.what} {caught.value.cure}"
    assert caught.value.at("matcher[1]").what == f"matcher[1]: {caught.value.what}"


def test_a_source_has_at_most_4096_characters() -> None:
    Pattern("/" + "a" * 4095)
    with pytest.raises(RuleError, match="A source has 4,097 characters; 4,096 are allowed"):
        Pattern("/" + "a" * 4096)


words = st.text("abcxyz0-9_~é日 ", min_size=1, max_size=6)


@given(st.lists(words, max_size=4), st.lists(words, max_size=4))
def test_a_path_without_special_characters_matches_itself_alone(one: list[str], other: list[str]) -> None:
    source, path = "/" + "/".join(one), "/" + "/".join(other)
    assert (Pattern(source).match(path) is not None) == (one == other)


@given(st.lists(words, max_size=5), st.sampled_from("*+?"))
def test_a_modifier_counts_segments(segments: list[str], modifier: str) -> None:
    allowed = {"*": True, "+": len(segments) >= 1, "?": len(segments) <= 1}[modifier]
    found = Pattern(f"/base/:path{modifier}").match("/".join(["/base", *segments]))
    assert (found is not None) == allowed
    if found and modifier != "?":
        assert found["path"] == segments


@given(st.text("/:(){}*+?\\|.^$]<>=!abP1-", max_size=12))
def test_every_source_is_compiled_or_refused(source: str) -> None:
    try:
        pattern = Pattern("/" + source)
    except RuleError:
        return
    pattern.match("/" + source)


@given(st.text(max_size=12))
def test_an_escaped_source_matches_its_text(text: str) -> None:
    source = "/" + re.sub(r"([:(){}*+?\\])", r"\\\1", text)
    assert Pattern(source).match("/" + text) is not None


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("/:a-:b-:c/:rest*", "/" + "-x" * 200_000 + "//y"),
        ("/:a*/x/:b/:c?/end", "/x" * 200_000),
        ("/:a+/:b-:c/end", "/x-x" * 100_000),
        ("/x{.:a}*/end", "/x" + ".x" * 200_000),
        ("/{:a,}*/end", "/" + "x," * 200_000),
        ("/{,:a}*-:b/end", "/" + ",x-x" * 100_000),
    ],
)
def test_what_a_long_path_costs_is_proportional_to_its_length(source: str, path: str) -> None:
    """With the square of the length a single one of these would take hours."""
    assert Pattern(source).match(path) is None
    assert Pattern(source, of_rule=True).match(path) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"(?<a>\d+)", "12"),
        (r"(?<=x)?(?<!y)(?<a>.)", "1"),
        (r"\(?<a>?\)?", "<a"),
        (r"[(?<a>]+", "(?<a>"),
        (r"[\](?<a>]+", "](?<a>"),
    ],
)
def test_named_groups_are_read_as_pythons(text: str, value: str) -> None:
    assert compile_regex(text).fullmatch(value)


@pytest.mark.parametrize(
    ("path", "forms"),
    [
        ("/", ("/",)),
        ("/a/b", ("/a/b",)),
        ("/%61dmin", ("/%61dmin", "/admin")),
        ("/a%2Fb", ("/a%2Fb", "/a/b")),
        ("/%c3%a9", ("/%c3%a9", "/é", "/%C3%A9")),
        ("/a%2fb/%C3%A9", ("/a%2fb/%C3%A9", "/a/b/é", "/a%2Fb/é", "/a%2Fb/%C3%A9")),
        ('/a"b', ('/a"b', "/a%22b")),
    ],
)
def test_a_path_has_several_spellings(path: str, forms: tuple[str, ...]) -> None:
    assert spellings(path) == forms


@pytest.mark.parametrize("path", ["/%zz", "/%", "/%ff", "admin", "*", "http:/x"])
def test_a_malformed_path_has_no_spelling(path: str) -> None:
    with pytest.raises(BadPath):
        spellings(path)


@given(st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=8), st.data())
def test_a_guard_is_not_evaded_by_another_spelling(segment: str, data: st.DataObject) -> None:
    """However a client encodes a segment, a source that spells it out, or takes any, matches one of the forms."""
    encode = data.draw(st.lists(st.booleans(), min_size=len(segment), max_size=len(segment)))
    sent = "".join(
        "".join(f"%{byte:02x}" for byte in char.encode())
        if wanted or not re.match(r"[\w.~-]", char, re.ASCII)
        else char
        for char, wanted in zip(segment, encode, strict=True)
    )
    forms = spellings(f"/guard/{sent}")
    literal = "/guard/" + re.sub(r"([:(){}*+?\\])", r"\\\1", segment)
    for source in (literal, "/guard/:any", "/guard/(.*)", "/guard/:path*"):
        pattern = Pattern(source)
        assert any(pattern.match(form) is not None for form in forms), source


# Sources of rules


@pytest.mark.parametrize(
    ("source", "path", "params"),
    [
        ("/about", "/About", {}),
        ("/OLD/:slug", "/old/A%20b", {"slug": "A%20b"}),
        ("/ber muc", "/ber%20muc", {}),
        ("/ber%20muc", "/ber%20muc", {}),
        ("/日本/:x", "/%E6%97%A5%E6%9C%AC/a", {"x": "a"}),
        ("/%61bout", "/about", {}),
        (r"/english\(default\)/:slug", "/english(default)/x", {"slug": "x"}),
    ],
)
def test_a_rules_source_matches_the_canonical_path_in_any_letter_case(
    source: str, path: str, params: dict[str, str]
) -> None:
    assert canonical(path) == path
    assert Pattern(source, of_rule=True).match(path) == params


def test_a_source_is_for_paths_below_the_base_path() -> None:
    pattern = Pattern("/a/:path*", base_path="/b.c", of_rule=True)
    assert pattern.match("/b.c/a/x") == {"path": ["x"]}
    assert (pattern.match("/a/x"), pattern.match("/bxc/a")) == (None, None)
    assert Pattern("/", base_path="/base").matches("/base")
    assert Pattern("/:path*", base_path="/base").matches("/base")
    assert not Pattern("/:path*", base_path="/base").matches("/basex")


@pytest.mark.parametrize(
    ("source", "first"),
    [
        ("/", ""),
        ("/About", "about"),
        ("/a/:b", "a"),
        ("/a/b", "a"),
        ("/a:b", None),
        ("/a(b)", None),
        ("/a.:b", None),
        ("/a{/:b}?", "a"),
        ("/a{-:b}?", None),
        ("/:a", None),
        ("/(.*)", None),
        ("/a/(.*)", "a"),
        ("/:a/b", None),
    ],
)
def test_the_first_segment_of_a_source_is_known_when_there_is_one(source: str, first: str | None) -> None:
    assert Pattern(source).first == first


@given(st.text("/:ab(.)*+?{}-", max_size=10), st.text("/ab-.", max_size=10))
def test_a_path_that_matches_begins_with_the_first_segment(source: str, path: str) -> None:
    try:
        pattern = Pattern("/" + source)
    except RuleError:
        return
    if pattern.first is not None and pattern.matches("/" + path):
        assert path.split("/")[0] == pattern.first


@given(st.lists(st.text("ab%-é ", min_size=1, max_size=4), max_size=4))
def test_only_sources_that_every_path_matches_are_for_all(segments: list[str]) -> None:
    for source in ("/:path*", "/:x*", "/(.*)"):
        assert Pattern(source, of_rule=True).is_for_all
        assert Pattern(source, of_rule=True).matches("/" + "/".join(map(quote, segments)))
    for source in ("/:path+", "/:path?", "/a/:path*", "/:path(.*)*", "/(.+)", "/"):
        assert not Pattern(source, of_rule=True).is_for_all
    assert not Pattern("/:path*", base_path="/base").is_for_all


def reference(source: str) -> re.Pattern[str]:
    """The source of segments, parameters and modifiers as the documents describe it, one segment after the other."""
    made = ""
    for piece in source.split("/")[1:]:
        kinds = {"": "/[^/]+", "?": "(?:/[^/]+)?", "*": "(?:/[^/]+)*", "+": "(?:/[^/]+)+"}
        made += kinds[piece.lstrip(":abc")] if piece.startswith(":") else "/" + re.escape(piece)
    return re.compile(made + "/?")


pieces = st.sampled_from(["x", "y", ":", "z.w", ":?", ":*", ":+"])


@given(st.lists(pieces, min_size=1, max_size=4), st.lists(st.sampled_from(["x", "y", "z.w", "v"]), max_size=5))
def test_sources_match_as_the_reference_does(source: list[str], path: list[str]) -> None:
    named = ""
    for name, piece in zip("abca", source, strict=False):
        named += f"/:{name}{piece[1:]}" if piece[0] == ":" else f"/{piece}"
    if len(source) == 4 and source[0][0] == ":" == source[3][0]:
        return  # a name would come twice
    if sum(piece in (":*", ":+") for piece in source) > 1:
        return  # one part may repeat
    asked = "/" + "/".join(path)
    assert bool(Pattern(named, of_rule=True).matches(asked)) == bool(reference(named).fullmatch(asked))


@given(st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=8), st.data())
def test_a_rule_is_not_evaded_by_another_spelling(segment: str, data: st.DataObject) -> None:
    encode = data.draw(st.lists(st.booleans(), min_size=len(segment), max_size=len(segment)))
    sent = "".join(
        "".join(f"%{byte:02x}" for byte in char.encode())
        if wanted or not re.match(r"[\w.~-]", char, re.ASCII)
        else char
        for char, wanted in zip(segment, encode, strict=True)
    )
    literal = "/guard/" + re.sub(r"([:(){}*+?\\])", r"\\\1", quote(segment, safe=""))
    found = Pattern("/guard/:any", of_rule=True).match(canonical(f"/guard/{sent}"))
    assert found is not None
    assert unquote(str(found["any"])) == segment
    assert Pattern(literal, of_rule=True).matches(canonical(f"/guard/{sent}"))
