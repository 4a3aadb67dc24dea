"""How metadata are merged from the root layout down to the page, with the metadata files of each folder."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from byway.http.url import URL
from byway.metadata.head import HeadImage
from byway.metadata.page.links import Links
from byway.metadata.page.merge import Merging, SegmentFiles

from .heads import ORIGIN, PAGE, head, merged

ACME = replace(PAGE, base="https://acme.com/")
FAVICON = HeadImage("/favicon.ico?1", "image/x-icon", sizes="any")
ICON = HeadImage("/icon.png?1", "image/png", 32, 32, "32x32")
SUB_ICON = HeadImage("/sub/icon.svg?1", "image/svg+xml", sizes="any")
APPLE = HeadImage("/apple-icon.png?1", "image/png", 180, 180, "180x180")
SHARE = HeadImage("/opengraph-image.png?1", "image/png", 1200, 630, "1200x630", "About Acme")
ROOT = SegmentFiles(favicon=FAVICON, icon=[ICON], apple=[APPLE])
FAVICON_TAG = '<link rel="icon" href="/favicon.ico?1" type="image/x-icon" sizes="any">'
ICON_TAG = '<link rel="icon" href="/icon.png?1" type="image/png" sizes="32x32">'
APPLE_TAG = '<link rel="apple-touch-icon" href="/apple-icon.png?1" type="image/png" sizes="180x180">'
SHARE_TAGS = [
    '<meta property="og:image" content="https://acme.com/opengraph-image.png?1">',
    '<meta property="og:image:type" content="image/png">',
    '<meta property="og:image:width" content="1200">',
    '<meta property="og:image:height" content="630">',
    '<meta property="og:image:alt" content="About Acme">',
]


def only(prefix: str, tags: list[str]) -> list[str]:
    return [tag for tag in tags if f'"{prefix}' in tag]


class TestKeys:
    def test_a_child_replaces_what_it_sets_and_inherits_the_rest(self) -> None:
        assert head({"description": "a", "creator": "c"}, None, {"description": "b"}) == [
            '<meta name="description" content="b">',
            '<meta name="creator" content="c">',
        ]

    def test_a_nested_object_is_replaced_as_a_whole(self) -> None:
        tags = head({"open_graph": {"title": "A", "site_name": "S"}}, {"open_graph": {"title": "B"}})
        assert only("og:", tags) == ['<meta property="og:title" content="B">']

    def test_other_is_merged_key_by_key(self) -> None:
        assert head({"other": {"a": 1, "b": 2}}, {"other": {"b": 3, "c": 4}}, {"other": None}) == [
            '<meta name="a" content="1">',
            '<meta name="b" content="3">',
            '<meta name="c" content="4">',
        ]

    @pytest.mark.parametrize("name", ["description", "open_graph", "robots", "icons", "keywords", "alternates"])
    def test_none_clears_what_was_inherited(self, name: str) -> None:
        inherited: Any = {
            "description": "x",
            "open_graph": {"title": "x"},
            "robots": "noindex",
            "icons": "/x",
            "keywords": "x",
            "alternates": {"canonical": "/x"},
        }
        assert merged({name: inherited[name]})[name] is not None
        assert merged({name: inherited[name]}, {name: None})[name] is None  # type: ignore[misc]

    def test_what_a_parent_has_resolved_stays_as_it_was(self) -> None:
        merging = Merging(2, PAGE)
        merging.add({"title": "A", "other": {"a": "1"}})
        before = merging.resolved
        merging.add({"title": "B", "other": {"b": "2"}})
        assert (before["title"]["absolute"], before["other"]) == ("A", {"a": "1"})


class TestBase:
    def test_a_base_counts_from_its_segment_on(self) -> None:
        segments: Any = [{"metadata_base": "https://a.example/deep"}, {"alternates": {"canonical": "/x"}}]
        assert head(*segments) == ['<link rel="canonical" href="https://a.example/deep/x">']

    def test_a_base_may_be_a_url_and_is_text_to_children(self) -> None:
        assert merged({"metadata_base": URL("https://a.example")})["metadata_base"] == "https://a.example/"

    def test_none_clears_the_base(self) -> None:
        segments: Any = [
            {"metadata_base": "https://a.example"},
            {"metadata_base": None, "alternates": {"canonical": "/x"}},
        ]
        assert head(*segments) == ['<link rel="canonical" href="/x">']
        assert merged(*segments)["metadata_base"] is None

    def test_a_share_image_without_a_base_is_told_and_has_the_origin(self) -> None:
        told: list[bool] = []
        merging = Merging(1, Links("/", None, ORIGIN), lambda: told.append(True))
        merging.add({"open_graph": {"images": ["https://acme.com/a", "/b"]}, "alternates": {"canonical": "/x"}})
        assert merging.finish()["open_graph"]["images"][1] == {"url": "http://localhost:3000/b"}
        assert told

    @pytest.mark.parametrize(
        "metadata",
        [
            {"open_graph": {"images": "https://acme.com/a"}},
            {"metadata_base": "https://acme.com", "open_graph": {"images": "/a"}},
            {"alternates": {"canonical": "/x"}, "icons": "/x"},
        ],
    )
    def test_nothing_is_told_where_no_base_is_needed(self, metadata: Any) -> None:
        merging = Merging(1, PAGE, lambda: pytest.fail("told"))
        merging.add(metadata, ROOT)
        merging.finish()


class TestInheritance:
    def test_open_graph_without_title_and_description_has_those_of_the_page(self) -> None:
        tags = head({"title": "T", "description": "D", "open_graph": {"site_name": "S"}})
        assert only("og:", tags) == [
            '<meta property="og:title" content="T">',
            '<meta property="og:description" content="D">',
            '<meta property="og:site_name" content="S">',
        ]

    def test_open_graph_makes_a_twitter_card(self) -> None:
        tags = head({"title": "T", "open_graph": {"title": "O", "description": "D", "images": "/o.png"}}, links=ACME)
        assert only("twitter:", tags) == [
            '<meta name="twitter:card" content="summary_large_image">',
            '<meta name="twitter:title" content="O">',
            '<meta name="twitter:description" content="D">',
            '<meta name="twitter:image" content="https://acme.com/o.png">',
        ]

    def test_what_a_twitter_card_says_itself_stays(self) -> None:
        tags = head(
            {
                "open_graph": {"title": "O", "description": "OD", "images": "/o.png"},
                "twitter": {"title": "W", "images": []},
            }
        )
        assert only("twitter:", tags) == [
            '<meta name="twitter:card" content="summary">',
            '<meta name="twitter:title" content="W">',
            '<meta name="twitter:description" content="OD">',
        ]

    def test_without_open_graph_there_is_no_card(self) -> None:
        assert head({"title": "T"}) == ["<title>T</title>"]

    def test_a_twitter_card_alone_has_title_and_description_of_the_page(self) -> None:
        assert head({"title": "T", "description": "D", "twitter": {"creator": "@me"}})[2:] == [
            '<meta name="twitter:card" content="summary">',
            '<meta name="twitter:creator" content="@me">',
            '<meta name="twitter:title" content="T">',
            '<meta name="twitter:description" content="D">',
        ]


class TestIconFiles:
    def test_the_favicon_is_first(self) -> None:
        assert head((None, ROOT), None) == [FAVICON_TAG, ICON_TAG, APPLE_TAG]

    def test_the_nearest_folder_that_has_icons_counts_for_each_kind(self) -> None:
        tags = head((None, ROOT), (None, SegmentFiles(icon=[SUB_ICON])), None)
        icon = '<link rel="icon" href="/sub/icon.svg?1" type="image/svg+xml" sizes="any">'
        assert tags == [FAVICON_TAG, icon, APPLE_TAG]

    def test_a_folder_that_lists_no_icons_has_none(self) -> None:
        assert head((None, ROOT), (None, SegmentFiles(icon=[])), None) == [FAVICON_TAG, APPLE_TAG]

    def test_icons_of_metadata_replace_all_files_but_the_favicon(self) -> None:
        own = '<link rel="apple-touch-icon" href="/a.png">'
        assert head((None, ROOT), {"icons": {"apple": "/a.png"}}) == [FAVICON_TAG, own]

    def test_icons_that_were_cleared_replace_nothing(self) -> None:
        assert head(({"icons": "/x.png"}, ROOT), {"icons": None}) == [FAVICON_TAG, ICON_TAG, APPLE_TAG]


class TestShareImageFiles:
    FILES = SegmentFiles(open_graph=[SHARE])

    def test_a_file_is_the_image_of_its_folder_and_of_those_below(self) -> None:
        assert only("og:", head((None, self.FILES), None, None, links=ACME)) == SHARE_TAGS

    def test_a_file_makes_a_twitter_card_as_well(self) -> None:
        tags = only("twitter:", head((None, self.FILES), None, links=ACME))
        assert tags[:2] == [
            '<meta name="twitter:card" content="summary_large_image">',
            '<meta name="twitter:image" content="https://acme.com/opengraph-image.png?1">',
        ]

    def test_images_of_the_same_segment_win_over_its_file(self) -> None:
        tags = head(({"open_graph": {"images": "/own.png"}}, self.FILES), links=ACME)
        assert only("og:", tags) == ['<meta property="og:image" content="https://acme.com/own.png">']

    def test_a_file_wins_over_images_that_are_inherited(self) -> None:
        tags = head({"open_graph": {"images": "/above.png", "locale": "de"}}, (None, self.FILES), links=ACME)
        assert only("og:", tags) == ['<meta property="og:locale" content="de">', *SHARE_TAGS]

    def test_a_file_joins_the_open_graph_of_its_segment(self) -> None:
        tags = head(({"open_graph": {"title": "O"}}, self.FILES), links=ACME)
        assert only("og:", tags) == ['<meta property="og:title" content="O">', *SHARE_TAGS]

    def test_open_graph_without_images_drops_the_file_of_a_folder_above(self) -> None:
        tags = head((None, self.FILES), None, {"open_graph": {"title": "O"}}, links=ACME)
        assert only("og:", tags) == ['<meta property="og:title" content="O">']

    def test_twitter_has_files_of_its_own(self) -> None:
        files = SegmentFiles(open_graph=[SHARE], twitter=[HeadImage("/t.jpg", "image/jpeg")])
        tags = head((None, files), None, links=ACME)
        assert only("twitter:", tags) == [
            '<meta name="twitter:card" content="summary_large_image">',
            '<meta name="twitter:image" content="https://acme.com/t.jpg">',
            '<meta name="twitter:image:type" content="image/jpeg">',
        ]

    def test_twitter_without_a_card_and_images_of_its_own_is_a_small_card(self) -> None:
        tags = head(({"twitter": {"site": "@s"}}, self.FILES), links=ACME)
        assert only("twitter:", tags)[:3] == [
            '<meta name="twitter:card" content="summary">',
            '<meta name="twitter:site" content="@s">',
            '<meta name="twitter:image" content="https://acme.com/opengraph-image.png?1">',
        ]


class TestManifestFile:
    FILES = SegmentFiles(manifest="/manifest.json")

    def test_a_file_wins_over_the_same_segment(self) -> None:
        assert head(({"manifest": "/own.json"}, self.FILES)) == ['<link rel="manifest" href="/manifest.json">']

    def test_a_segment_below_wins_over_the_file(self) -> None:
        assert head((None, self.FILES), {"manifest": "/own.json"}) == ['<link rel="manifest" href="/own.json">']
