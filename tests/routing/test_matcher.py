from __future__ import annotations

from collections.abc import Sequence
from random import Random
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.routing.matcher import BadPath, Matcher, Params
from byway.routing.segments import Segment
from byway.routing.tree import build_tree


def matcher_of(*folders: str) -> Matcher[str]:
    routes, problems = build_tree(f"app/{folder}/route.py".replace("//", "/") for folder in folders)
    assert problems == ()
    return Matcher((route.segments, route.pattern) for route in routes)


precedence = matcher_of("p/new", "p/[id]", "p/[id]/edit", "p/[id]/[action]", "p/[...rest]", "q/fixed", "q/[one]",
                        "q/[[...any]]")  # fmt: skip


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/p/new", ("/p/new", None)),
        ("/p/7", ("/p/[id]", {"id": "7"})),
        ("/p/7/edit", ("/p/[id]/edit", {"id": "7"})),
        ("/p/7/view", ("/p/[id]/[action]", {"id": "7", "action": "view"})),
        ("/p/7/view/all", ("/p/[...rest]", {"rest": ["7", "view", "all"]})),
        ("/q/fixed", ("/q/fixed", None)),
        ("/q/x", ("/q/[one]", {"one": "x"})),
        ("/q/x/y", ("/q/[[...any]]", {"any": ["x", "y"]})),
    ],
)
def test_static_wins_over_dynamic_over_catch_all(path: str, expected: tuple[str, Params | None]) -> None:
    assert precedence.match(path) == expected


def test_a_static_segment_that_leads_nowhere_gives_way_to_the_dynamic_one() -> None:
    assert precedence.match("/p/new/edit") == ("/p/[id]/edit", {"id": "new"})


def test_the_way_back_goes_over_several_levels() -> None:
    routes = matcher_of("a/b/c/d", "a/[x]/c/e", "[...all]")
    assert routes.match("/a/b/c/e") == ("/a/[x]/c/e", {"x": "b"})
    assert routes.match("/a/b/c/f") == ("/[...all]", {"all": ["a", "b", "c", "f"]})


def test_the_deepest_catch_all_answers() -> None:
    routes = matcher_of("[...x]", "a/[...y]", "a/b/[z]/c")
    assert routes.match("/a/b/1/d") == ("/a/[...y]", {"y": ["b", "1", "d"]})
    assert routes.match("/b") == ("/[...x]", {"x": ["b"]})


def test_a_catch_all_needs_a_segment_and_does_not_match_its_own_folder() -> None:
    assert matcher_of("blog/[...slug]").match("/blog") is None
    assert matcher_of("[...slug]").match("/") is None


def test_an_absent_optional_catch_all_leaves_its_key_out() -> None:
    routes = matcher_of("docs/[[...slug]]", "[lang]/docs/[[...slug]]")
    assert routes.match("/docs") == ("/docs/[[...slug]]", None)
    assert routes.match("/en/docs") == ("/[lang]/docs/[[...slug]]", {"lang": "en"})
    assert routes.match("/docs/a") == ("/docs/[[...slug]]", {"slug": ["a"]})
    assert matcher_of("[[...slug]]").match("/") == ("/[[...slug]]", None)


def test_the_root_matches_no_parameter() -> None:
    assert matcher_of("[id]").match("/") is None
    assert matcher_of("", "[id]").match("/") == ("/", None)


def test_matching_tells_upper_case_from_lower_case() -> None:
    assert matcher_of("About").match("/about") is None


def test_no_route_is_no_match() -> None:
    assert matcher_of().match("/") is None
    assert matcher_of("a/b").match("/a") is None
    assert matcher_of("a").match("/a/b") is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/x/two%20words", "two words"),
        ("/x/a%2Fb", "a/b"),
        ("/x/%C3%A9t%c3%a9", "été"),
        ("/x/a+b", "a+b"),
        ("/x/%252F", "%2F"),
        ("/x/%2e%2E", ".."),
    ],
)
def test_a_parameter_is_decoded_exactly_once(path: str, value: str) -> None:
    assert matcher_of("x/[id]").match(path) == ("/x/[id]", {"id": value})


def test_an_encoded_slash_stays_inside_its_segment() -> None:
    assert matcher_of("blog/[...slug]").match("/blog/a%2Fb/c") == ("/blog/[...slug]", {"slug": ["a/b", "c"]})
    assert matcher_of("a/b").match("/a%2Fb") is None


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("café", "/caf%C3%A9"),
        ("café", "/caf%c3%a9"),
        ("caf%C3%A9", "/caf%C3%A9"),
        ("abc", "/%61bc"),
        ("%5Funder", "/_under"),
        ("%5Funder", "/%5Funder"),
        ("two words", "/two%20words"),
        ("a!b", "/a!b"),
        ("a!b", "/a%21b"),
        ("100%", "/100%25"),
        ("café/[id]", "/caf%C3%A9/1"),
    ],
)
def test_a_static_segment_matches_in_raw_and_encoded_spelling(folder: str, path: str) -> None:
    assert matcher_of(folder).match(path) is not None


def test_an_encoded_spelling_of_a_static_segment_still_wins_over_a_parameter() -> None:
    assert matcher_of("abc", "[id]").match("/%61bc") == ("/abc", None)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/x/%ZZ", "The path '/x/%ZZ' has a malformed percent-encoding."),
        ("/x/%", "The path '/x/%' has a malformed percent-encoding."),
        ("/x/%4", "The path '/x/%4' has a malformed percent-encoding."),
        ("/%+1/x", "The path '/%+1/x' has a malformed percent-encoding."),
        ("/x/%FF", "The path '/x/%FF' has a percent-encoding that is not UTF-8."),
        ("/nowhere/%C3", "The path '/nowhere/%C3' has a percent-encoding that is not UTF-8."),
        ("/x/%C3/%A9", "The path '/x/%C3/%A9' has a percent-encoding that is not UTF-8."),
        ("/100%", "The path '/100%' has a malformed percent-encoding."),
    ],
)
def test_a_bad_percent_encoding_is_refused_wherever_it_stands(path: str, message: str) -> None:
    with pytest.raises(BadPath) as caught:
        matcher_of("x/[id]", "100%").match(path)
    assert str(caught.value) == message


def test_two_matches_never_share_their_parameters() -> None:
    routes = matcher_of("[id]", "b/[...rest]")
    for path in ("/1", "/b/1"):
        first, second = routes.match(path), routes.match(path)
        assert first is not None
        assert second is not None
        assert first[1] == second[1]
        assert first[1] is not second[1]


def test_falsy_values_are_found() -> None:
    assert Matcher([((), 0)]).match("/") == (0, None)
    assert Matcher([((Segment("dynamic", "x"),), 0)]).match("/a") == (0, {"x": "a"})


PIECES = ["a", "b", "é", "a b", "a%", "+"]
NAMES = [*(piece.replace("%", "%25") for piece in PIECES), "[x]", "[y]", "[...r]", "[[...o]]"]


def route_folders() -> st.SearchStrategy[list[str]]:
    # One parameter name for each depth and kind, so that most trees are free of conflicts.
    def named(path: list[str]) -> str:
        return "/".join(part.replace("x", f"x{depth}").replace("y", f"x{depth}") for depth, part in enumerate(path))

    return st.lists(st.lists(st.sampled_from(NAMES), max_size=4).map(named), max_size=12)


def reference(routes: Sequence[Sequence[Segment]], path: str) -> tuple[Sequence[Segment], Params] | None:
    """The first route, in order of precedence, that takes all pieces of a path."""
    pieces = [unquote(piece) for piece in path.split("/")[1:]] if path != "/" else []
    for route in routes:
        params = take(route, pieces)
        if params is not None:
            return route, params
    return None


def take(route: Sequence[Segment], pieces: list[str]) -> Params | None:
    if not route:
        return None if pieces else {}
    head, *tail = route
    if head.is_catch_all:
        if pieces:
            return {head.name: pieces}
        return {} if head.kind == "optional-catch-all" else None
    if not pieces or (head.kind == "static" and head.name != pieces[0]):
        return None
    deeper = take(tail, pieces[1:])
    if deeper is None:
        return None
    return deeper if head.kind == "static" else {head.name: pieces[0], **deeper}


def spelt(piece: str, spelling: int) -> str:
    if spelling == 0:
        return quote(piece, safe="+")
    if spelling == 1:
        return quote(piece, safe="").lower()
    return "".join(f"%{byte:02X}" for byte in piece.encode())


paths = st.lists(
    st.builds(spelt, st.sampled_from([*PIECES, "c", "a/b", "%61"]), st.integers(0, 2)),
    max_size=5,
).map(lambda pieces: "/" + "/".join(pieces))


@given(route_folders(), st.lists(paths, min_size=1, max_size=8), st.randoms())
def test_matching_agrees_with_trying_every_route_in_order(folders: list[str], asked: list[str], random: Random) -> None:
    routes, _ = build_tree(f"app/{folder}/route.py".replace("//", "/") for folder in folders)
    free = [route.segments for route in routes]
    # Where a path and an optional catch-all are equals, or two catch-alls are, the tree refuses; keep only the first.
    kept = [route for index, route in enumerate(free) if not any(rivals(route, one) for one in free[:index])]
    pairs = [(route, route) for route in kept]
    random.shuffle(pairs)
    matcher = Matcher(pairs)
    for path in asked:
        expected = reference(kept, path)
        assert matcher.match(path) == (expected and (expected[0], expected[1] or None))


def rivals(one: Sequence[Segment], other: Sequence[Segment]) -> bool:
    def trunk(route: Sequence[Segment]) -> list[tuple[int, str]]:
        return [segment.place for segment in route if not segment.is_catch_all]

    optional = any(route and route[-1].kind == "optional-catch-all" for route in (one, other))
    return optional and trunk(one) == trunk(other)
