from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.routing.segments import Kind, Segment, SegmentError, parse_segment


@pytest.mark.parametrize(
    ("folder", "kind", "name"),
    [
        ("items", "static", "items"),
        ("rss.xml", "static", "rss.xml"),
        ("été", "static", "été"),
        ("two words", "static", "two words"),
        ("a…b", "static", "a…b"),
        ("a_b", "static", "a_b"),
        ("(open", "static", "(open"),
        ("[slug]", "dynamic", "slug"),
        ("[post-id]", "dynamic", "post-id"),
        ("[été 1]", "dynamic", "été 1"),
        ("[...slug]", "catch-all", "slug"),
        ("[[...slug]]", "optional-catch-all", "slug"),
        ("(shop)", "group", "shop"),
        ("_lib", "private", "lib"),
        ("_[x", "private", "[x"),
        ("@modal", "slot", "modal"),
        ("(.)photo", "intercepting", "(.)photo"),
        ("(..)photo", "intercepting", "(..)photo"),
        ("(...)photo", "intercepting", "(...)photo"),
        ("(..)(..)[id]", "intercepting", "(..)(..)[id]"),
    ],
)
def test_each_convention_is_recognised(folder: str, kind: Kind, name: str) -> None:
    assert parse_segment(folder) == Segment(kind, name)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("%5Funder", "_under"),
        ("%5funder", "_under"),
        ("caf%C3%A9", "café"),
        ("%40me", "@me"),
        ("100%", "100%"),
        ("%FF", "%FF"),
        ("a%2Fb", "a%2Fb"),
        ("%5Bid%5D", "%5Bid%5D"),
    ],
)
def test_static_folder_may_be_percent_encoded_unless_that_changes_its_meaning(folder: str, name: str) -> None:
    assert parse_segment(folder) == Segment("static", name)


def test_only_folders_of_the_url_have_a_place() -> None:
    in_url = [
        folder
        for folder in ("a", "[a]", "[...a]", "[[...a]]", "(a)", "_a", "@a", "(.)a")
        if parse_segment(folder).in_url
    ]
    assert in_url == ["a", "[a]", "[...a]", "[[...a]]"]


BRACKETS = (
    'Brackets enclose a whole folder name: write "[name]", "[...name]" or "[[...name]]", or leave the brackets out.'
)


@pytest.mark.parametrize(
    ("folder", "what", "cure"),
    [
        (
            "[[id]]",
            'The folder "[[id]]" is an optional parameter of one segment, which is not supported.',
            'Write "[id]", or "[[...id]]" for an optional catch-all.',
        ),
        ("[…slug]", 'The folder "[…slug]" holds the three-dot character "…".', 'Write three dots: "[...slug]".'),
        ("[[…slug]]", 'The folder "[[…slug]]" holds the three-dot character "…".', 'Write three dots: "[[...slug]]".'),
        ("[[x]", 'The folder "[[x]" has extra brackets.', BRACKETS),
        ("[x]]", 'The folder "[x]]" has extra brackets.', BRACKETS),
        ("[...[x]]", 'The folder "[...[x]]" has extra brackets.', BRACKETS),
        ("[a][b]", 'The folder "[a][b]" has extra brackets.', BRACKETS),
        ("p[x]", 'The folder "p[x]" has a bracket astray.', BRACKETS),
        ("[x]p", 'The folder "[x]p" has a bracket astray.', BRACKETS),
        ("[x", 'The folder "[x" has a bracket astray.', BRACKETS),
        ("x]", 'The folder "x]" has a bracket astray.', BRACKETS),
        (
            "[.a]",
            'The folder "[.a]" has erroneous periods before its name.',
            'Write "[a]" for one segment, or "[...a]", with exactly three dots, for all that follow.',
        ),
        (
            "[..a]",
            'The folder "[..a]" has erroneous periods before its name.',
            'Write "[a]" for one segment, or "[...a]", with exactly three dots, for all that follow.',
        ),
        (
            "[....]",
            'The folder "[....]" has erroneous periods before its name.',
            'Write "[name]" for one segment, or "[...name]", with exactly three dots, for all that follow.',
        ),
        ("[]", 'The folder "[]" has no parameter name.', 'Name the parameter: "[name]".'),
        ("[...]", 'The folder "[...]" has no parameter name.', 'Name the parameter: "[...name]".'),
        ("[[]]", 'The folder "[[]]" has no parameter name.', 'Name the parameter: "[[...name]]".'),
        ("[[...]]", 'The folder "[[...]]" has no parameter name.', 'Name the parameter: "[[...name]]".'),
    ],
)
def test_misused_marks_are_refused_with_a_cure(folder: str, what: str, cure: str) -> None:
    with pytest.raises(SegmentError) as caught:
        parse_segment(folder)
    assert (caught.value.what, caught.value.cure) == (what, cure)
    assert str(caught.value) == f"{what} {cure}"


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/[]%…"), min_size=1).filter(
    lambda name: name[0] not in "._@("
)


@given(names, st.sampled_from(["{}", "[{}]", "[...{}]", "[[...{}]]", "({})", "_{}", "@{}", "(.){}", "(..)(..){}"]))
def test_a_segment_is_spelt_as_its_folder(name: str, spelling: str) -> None:
    folder = spelling.format(name)
    segment = parse_segment(folder)
    assert str(segment) == folder
    assert segment.name == (folder if segment.kind == "intercepting" else name)


@given(st.text(st.sampled_from("[].…_(@)%5Fab"), min_size=1))
def test_any_name_is_read_or_refused(folder: str) -> None:
    try:
        segment = parse_segment(folder)
    except SegmentError:
        assert "[" in folder or "]" in folder
    else:
        assert segment.kind == "static" or str(segment) == folder
