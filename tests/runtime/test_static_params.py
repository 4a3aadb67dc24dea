"""`generate_static_params`: what it may return, and the exact words when it returns anything else."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from byway.routing.segments import Segment
from byway.runtime.static_params import Lister, StaticParamsError, listed_paths, static_params

BLOG = Segment("static", "blog")
SLUG = Segment("dynamic", "slug")
REST = Segment("catch-all", "rest")
ANY = Segment("optional-catch-all", "any")


def read(result: Any, *segments: Segment, parent: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """What is read of a function that returns ``result``."""
    return call(lambda: result, *segments, parent=parent)


def call(
    function: Callable[..., Any], *segments: Segment, parent: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    return asyncio.run(static_params(function, segments, "app/route.py", parent))


def error_of(result: Any, *segments: Segment) -> StaticParamsError:
    with pytest.raises(StaticParamsError) as caught:
        read(result, *segments)
    return caught.value


def test_each_path_is_a_dict_with_a_value_for_each_segment() -> None:
    assert read([{"slug": "a"}, {"slug": "b"}], BLOG, SLUG) == [{"slug": "a"}, {"slug": "b"}]
    assert read(({"slug": "a", "rest": ["x", "y"]},), SLUG, REST) == [{"slug": "a", "rest": ["x", "y"]}]


def test_nothing_may_be_listed() -> None:
    assert read([], SLUG) == []


def test_a_path_without_dynamic_segments_is_listed_with_an_empty_dict() -> None:
    assert read([{}], BLOG) == [{}]


def test_any_mapping_counts_and_lists_of_parts_may_be_tuples() -> None:
    assert read([OrderedDict(slug="a"), MappingProxyType({"slug": "b"})], SLUG) == [{"slug": "a"}, {"slug": "b"}]
    assert read([{"rest": ("a", "b")}], REST) == [{"rest": ["a", "b"]}]


def test_what_is_no_segment_is_left_out() -> None:
    assert read([{"slug": "a", "title": "A"}], SLUG) == [{"slug": "a"}]


def test_the_same_path_counts_once_and_the_order_stays() -> None:
    listed = [{"slug": "b"}, {"slug": "a"}, {"slug": "b", "title": "again"}]
    assert read(listed, SLUG) == [{"slug": "b"}, {"slug": "a"}]


@pytest.mark.parametrize("nothing", [{}, {"any": None}, {"any": []}, {"any": ()}])
def test_an_optional_catch_all_may_be_absent(nothing: dict[str, Any]) -> None:
    assert read([nothing, {"any": ["a"]}], ANY) == [{}, {"any": ["a"]}]


def test_the_function_may_be_async_or_return_an_awaitable() -> None:
    async def listed() -> list[dict[str, str]]:
        await asyncio.sleep(0)
        return [{"slug": "a"}]

    assert call(listed, SLUG) == [{"slug": "a"}]
    assert call(lambda: listed(), SLUG) == [{"slug": "a"}]


def test_the_parameters_of_the_parent_are_given_by_name_and_are_part_of_the_path() -> None:
    def listed(*, params: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"rest": [params.pop("slug"), "x"]}]

    parent = {"slug": "a"}
    assert call(listed, SLUG, REST, parent=parent) == [{"slug": "a", "rest": ["a", "x"]}]
    assert parent == {"slug": "a"}
    assert call(lambda params: [{"slug": str(params)}], SLUG) == [{"slug": "{}"}]
    assert read([{"rest": ["x"]}], SLUG, REST, parent=parent) == [{"slug": "a", "rest": ["x"]}]
    assert read([{"slug": "own"}], SLUG, parent=parent) == [{"slug": "own"}]


@pytest.mark.parametrize(
    ("result", "kind"),
    [(None, "NoneType"), ({"slug": "a"}, "dict"), ("a", "str"), (5, "int"), (iter([]), "list_iterator"), ({1}, "set")],
)
def test_what_is_no_list_is_an_error(result: Any, kind: str) -> None:
    error = error_of(result, SLUG)
    assert error.what == f"generate_static_params returned {kind}, not a list."
    assert error.cure == 'Return a list of dicts: [{"slug": "a"}].'
    assert str(error) == f"app/route.py: {error.what} {error.cure}"


@pytest.mark.parametrize(("item", "kind"), [("a", "str"), (None, "NoneType"), (["a"], "list")])
def test_what_is_no_dict_is_an_error_that_tells_which(item: Any, kind: str) -> None:
    error = error_of([{"slug": "a"}, item], SLUG)
    assert error.what == f"generate_static_params returned a list whose item 1 is {kind}, not a dict."
    assert error.cure == 'Write {"slug": "a"} for each path.'


@pytest.mark.parametrize(
    ("segment", "item", "found", "wanted"),
    [
        (SLUG, {}, "has no 'slug'", 'Write a str, such as {"slug": "a"}.'),
        (SLUG, {"id": "a"}, "has no 'slug'", 'Write a str, such as {"slug": "a"}.'),
        (SLUG, {"slug": None}, "has no 'slug'", 'Write a str, such as {"slug": "a"}.'),
        (SLUG, {"slug": 1}, "has 1 as its 'slug'", 'Write a str, such as {"slug": "a"}.'),
        (SLUG, {"slug": ""}, "has '' as its 'slug'", 'Write a str, such as {"slug": "a"}.'),
        (SLUG, {"slug": ["a"]}, "has ['a'] as its 'slug'", 'Write a str, such as {"slug": "a"}.'),
        (REST, {}, "has no 'rest'", 'Write a list of str, such as {"rest": ["a", "b"]}.'),
        (REST, {"rest": "a/b"}, "has 'a/b' as its 'rest'", 'Write a list of str, such as {"rest": ["a", "b"]}.'),
        (REST, {"rest": []}, "has [] as its 'rest'", 'Write a list of str, such as {"rest": ["a", "b"]}.'),
        (REST, {"rest": ["a", 1]}, "has ['a', 1] as its 'rest'", 'Write a list of str, such as {"rest": ["a", "b"]}.'),
        (ANY, {"any": "a"}, "has 'a' as its 'any'", 'Write a list of str, such as {"any": ["a", "b"]}.'),
    ],
)
def test_a_wrong_value_is_an_error_that_tells_item_and_segment(
    segment: Segment, item: dict[str, Any], found: str, wanted: str
) -> None:
    error = error_of([item], BLOG, segment)
    assert error.what == f"generate_static_params returned a list whose item 0 {found}."
    assert error.cure == wanted


def test_what_the_function_raises_goes_through() -> None:
    def broken() -> None:
        raise LookupError("no database")

    with pytest.raises(LookupError, match="no database"):
        call(broken, SLUG)


@pytest.mark.parametrize("piece", [".", "..", "\ud800", "a\udcffb"])
def test_what_no_url_can_name_is_an_error(piece: str) -> None:
    cure = 'Leave it out: an empty piece, "." and ".." are no part of a path, and lone surrogates are no text.'
    start = "generate_static_params returned a list whose item 1 has"
    error = error_of([{"slug": "a"}, {"slug": piece}], SLUG)
    assert (error.what, error.cure) == (f"{start} {piece!r} as its 'slug', which no URL can name.", cure)
    error = error_of([{"rest": ["a"]}, {"rest": ["a", piece]}], REST)
    assert (error.what, error.cure) == (f"{start} {['a', piece]!r} as its 'rest', which no URL can name.", cure)


def test_a_list_with_an_empty_piece_is_an_error() -> None:
    assert error_of([{"any": ["a", ""]}], ANY).what.endswith("has ['a', ''] as its 'any', which no URL can name.")


@pytest.mark.parametrize("value", ["...", ".a", "a..b", "%2e", "/", " ", "ü", "\x00"])
def test_any_other_text_is_a_path(value: str) -> None:
    assert read([{"slug": value}], SLUG) == [{"slug": value}]


def test_a_function_that_is_no_coroutine_function_is_called_as_the_caller_says() -> None:
    ran: list[object] = []

    async def run(function: Callable[..., Any], **arguments: Any) -> Any:
        ran.append(arguments)
        return function(**arguments)

    async def listed() -> list[dict[str, str]]:
        return [{"slug": "a"}]

    def listed_for(params: dict[str, Any]) -> list[dict[str, Any]]:
        return [params]

    async def main() -> None:
        assert await static_params(listed, [SLUG], "f", run=run) == [{"slug": "a"}]
        assert ran == []
        assert await static_params(listed_for, [SLUG], "f", {"slug": "b"}, run=run) == [{"slug": "b"}]
        assert await static_params(lambda: listed(), [SLUG], "f", run=run) == [{"slug": "a"}]

    asyncio.run(main())
    assert ran == [{"params": {"slug": "b"}}, {}]


def test_a_path_that_several_parents_list_is_listed_once() -> None:
    language = Segment("dynamic", "language")
    listers = [
        Lister(lambda: [{"language": "en"}, {"language": "fr"}], [language], "app/[language]/layout.py"),
        Lister(lambda: [{"language": "de", "slug": "a"}], [language, SLUG], "app/[language]/[slug]/page.py"),
    ]
    assert asyncio.run(listed_paths(listers, [language, SLUG])) == [{"language": "de", "slug": "a"}]
