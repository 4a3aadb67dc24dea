from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.caching.tags import path_tags, revalidated_path_tag, valid_tags

segments = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
paths = st.lists(segments, min_size=1, max_size=5)


def reaches(path: str, type: str | None, tags: tuple[str, ...]) -> bool:
    return revalidated_path_tag(path, type).tag in tags


class TestValidTags:
    def test_tags_keep_their_order_and_come_once(self) -> None:
        assert valid_tags(["b", "a", "b", "c", "a"], "cache_tag()") == (["b", "a", "c"], [])

    def test_tags_are_case_sensitive_and_may_be_empty_or_hold_commas(self) -> None:
        assert valid_tags(["a", "A", "", "a,b", "タグ"], "cache_tag()") == (["a", "A", "", "a,b", "タグ"], [])

    def test_tag_of_256_characters_is_kept_and_a_longer_one_left_out(self) -> None:
        kept, warnings = valid_tags(["x" * 256, "y" * 257, "z"], "cache_tag() in get_posts()")
        assert kept == ["x" * 256, "z"]
        assert warnings == [
            f"cache_tag() in get_posts(): the tag '{'y' * 59}…' has 257 characters, at most 256 are allowed; "
            "it is left out."
        ]

    def test_tag_that_is_no_str_is_left_out(self) -> None:
        kept, warnings = valid_tags([1, "a", None], "fetch()")
        assert kept == ["a"]
        assert warnings == [
            "fetch(): the tag 1 is of type int, and tags are str; it is left out.",
            "fetch(): the tag None is of type NoneType, and tags are str; it is left out.",
        ]

    def test_tag_that_looks_like_a_path_tag_is_left_out(self) -> None:
        path_tag = revalidated_path_tag("/blog").tag
        kept, warnings = valid_tags([path_tag], "cache_tag()")
        assert kept == []
        assert warnings == [
            "cache_tag(): the tag '\\x1f/blog' begins with the character U+001F, which is Byway's own; it is left out."
        ]

    def test_tag_that_no_store_can_keep_is_left_out(self) -> None:
        kept, warnings = valid_tags(["\ud800"], "cache_tag()")
        assert kept == []
        assert warnings == [
            "cache_tag(): the tag '\\ud800' holds half of a surrogate pair, which no store can keep; it is left out."
        ]

    def test_128_tags_are_kept_and_further_ones_left_out(self) -> None:
        kept, warnings = valid_tags([f"t{number}" for number in range(130)], "cache_tag()")
        assert len(kept) == 128
        assert warnings == [
            "cache_tag(): the tag 't128' is one too many, a value may have 128 tags; it is left out.",
            "cache_tag(): the tag 't129' is one too many, a value may have 128 tags; it is left out.",
        ]

    def test_tags_that_are_present_count_and_are_not_returned_again(self) -> None:
        present = {f"t{number}" for number in range(127)}
        kept, warnings = valid_tags(["t0", "new", "t1", "more"], "cache_tag()", present)
        assert kept == ["new"]
        assert warnings == ["cache_tag(): the tag 'more' is one too many, a value may have 128 tags; it is left out."]

    def test_single_str_instead_of_a_list_is_an_error(self) -> None:
        with pytest.raises(TypeError) as caught:
            valid_tags("posts", "fetch()")
        assert str(caught.value) == ("fetch(): tags='posts' is a single tag, but tags is a list: write tags=['posts'].")

    @given(st.lists(st.one_of(st.text(max_size=300), st.integers())))
    def test_every_tag_is_kept_known_or_warned_of(self, tags: list[Any]) -> None:
        kept, warnings = valid_tags(tags, "x")
        assert len(set(kept)) == len(kept) <= 128
        assert all(tag in tags for tag in kept)
        assert len(warnings) == sum(tag not in kept for tag in tags)


class TestPathTags:
    HANDLER = path_tags("/(shop)/items/[id]", "/items/7", "route")
    PAGE = path_tags("/(shop)/items/[id]", "/items/7", "page")
    ROOT = path_tags("/", "/", "page")

    def test_entry_has_a_tag_for_each_folder_its_pattern_and_its_url(self) -> None:
        assert [tag[1:] for tag in self.PAGE] == [
            "/layout",
            "/(shop)/layout",
            "/(shop)/items/layout",
            "/(shop)/items/[id]/layout",
            "/(shop)/items/[id]/page",
            "/items/7",
        ]
        assert [tag[1:] for tag in self.ROOT] == ["/layout", "/page", "/"]

    def test_path_tags_are_no_tags_that_an_author_may_give(self) -> None:
        assert valid_tags(self.PAGE, "x")[0] == []

    def test_url_reaches_what_was_asked_for_under_it(self) -> None:
        assert reaches("/items/7", None, self.PAGE)
        assert reaches("/items/7", None, self.HANDLER)

    @pytest.mark.parametrize("path", ["/items/8", "/items", "/items/7/x", "/Items/7", "/"])
    def test_url_reaches_no_other(self, path: str) -> None:
        assert not reaches(path, None, self.PAGE)

    def test_slash_at_the_end_does_not_matter(self) -> None:
        assert reaches("/items/7/", None, self.PAGE)
        assert reaches("/(shop)/items/[id]/", "page", self.PAGE)
        assert reaches("/items/7", None, path_tags("/items/[id]", "/items/7/", "page"))

    def test_root_and_index_are_one_url(self) -> None:
        assert reaches("/", None, self.ROOT)
        assert reaches("/index", None, self.ROOT)
        assert not reaches("/index", "layout", self.ROOT)

    def test_page_pattern_reaches_all_urls_of_the_page(self) -> None:
        assert reaches("/(shop)/items/[id]", "page", self.PAGE)
        assert reaches("/", "page", self.ROOT)

    def test_page_pattern_does_not_reach_route_handlers(self) -> None:
        assert not reaches("/(shop)/items/[id]", "page", self.HANDLER)

    def test_page_pattern_does_not_reach_what_is_below(self) -> None:
        assert not reaches("/(shop)/items", "page", self.PAGE)
        assert not reaches("/", "page", self.PAGE)

    @pytest.mark.parametrize("folder", ["/", "/(shop)", "/(shop)/items", "/(shop)/items/[id]"])
    def test_layout_pattern_reaches_pages_and_handlers_below(self, folder: str) -> None:
        assert reaches(folder, "layout", self.PAGE)
        assert reaches(folder, "layout", self.HANDLER)

    @pytest.mark.parametrize("folder", ["/items", "/(shop)/ite", "/(shop)/items/[id]/x"])
    def test_layout_pattern_reaches_no_other_folder(self, folder: str) -> None:
        assert not reaches(folder, "layout", self.PAGE)

    def test_encoded_and_decoded_paths_are_one(self) -> None:
        tags = path_tags("/[name]", "/%C3%A9t%c3%a9", "page")
        assert reaches("/été", None, tags)
        assert reaches("/%C3%A9t%C3%A9", None, tags)
        assert reaches("/é", "page", path_tags("/é", "/é", "page"))

    def test_encoded_slash_stays_within_its_segment(self) -> None:
        tags = path_tags("/[name]", "/a%2Fb", "page")
        assert reaches("/a%2fb", None, tags)
        assert not reaches("/a/b", None, tags)
        assert not reaches("/a%252Fb", None, tags)

    @given(one=paths, other=paths)
    def test_encoded_paths_meet_only_if_their_segments_are_equal(self, one: list[str], other: list[str]) -> None:
        def encoded(segments: list[str]) -> str:
            return "/" + "/".join(quote(segment, safe="") for segment in segments)

        assert reaches(encoded(one), None, path_tags("/x", encoded(one), "page"))
        assert reaches(encoded(one), None, path_tags("/x", encoded(other), "page")) == (one == other)


class TestRevalidatedPathTag:
    @pytest.mark.parametrize(
        ("path", "type"),
        [("/blog/a", None), ("/blog/[slug]", "page"), ("/blog", "layout"), ("/", None), ("/a[b]", None)],
    )
    def test_sound_calls_have_no_warning(self, path: str, type: str | None) -> None:
        found = revalidated_path_tag(path, type)
        assert found.tag is not None
        assert found.warning is None

    def test_path_of_1024_characters_is_accepted_and_a_longer_one_ignored(self) -> None:
        assert revalidated_path_tag("/" + "x" * 1023).warning is None
        assert revalidated_path_tag("/" + "x" * 1024) == (
            None,
            f"revalidate_path('/{'x' * 58}…'): the path has 1025 characters, at most 1024 are allowed; it is ignored.",
        )

    @pytest.mark.parametrize("path", ["/blog/[slug]", "/docs/[...all]", "/docs/[[...all]]", "/[lang]/about"])
    def test_dynamic_pattern_without_a_type_has_a_warning(self, path: str) -> None:
        assert revalidated_path_tag(path).warning == (
            f"revalidate_path('{path}') reaches nothing: a path with a dynamic segment needs a type, "
            '"page" or "layout". For one URL, write its path, such as /blog/first.'
        )

    def test_path_without_a_slash_in_front_is_ignored_with_a_warning(self) -> None:
        assert revalidated_path_tag("blog") == (
            None,
            "revalidate_path('blog') reaches nothing: a path begins with \"/\".",
        )

    @pytest.mark.parametrize("path", ["/blog?page=2", "/blog#top"])
    def test_query_and_hash_are_ignored_with_a_warning(self, path: str) -> None:
        assert revalidated_path_tag(path, "page") == (
            None,
            f"revalidate_path('{path}', 'page') reaches nothing: the query and the hash are no part of a path.",
        )

    def test_other_type_is_an_error(self) -> None:
        with pytest.raises(ValueError) as caught:
            revalidated_path_tag("/blog", "route")
        assert str(caught.value) == (
            "revalidate_path('/blog', 'route'): the type is \"page\" or \"layout\", "
            "or left out for the path of one URL."
        )

    def test_path_that_is_no_str_is_an_error(self) -> None:
        path: Any = 7
        with pytest.raises(TypeError) as caught:
            revalidated_path_tag(path)
        assert str(caught.value) == ('revalidate_path(7): the path is a str such as "/blog/first" or "/blog/[slug]".')
