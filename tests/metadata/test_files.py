from __future__ import annotations

import re

import pytest

from byway.metadata.files import ID_PARAM, MetadataFile, content_hash, find_conflicts, find_metadata_files
from byway.problems import Problem
from byway.routing.route import Route
from byway.routing.segments import Segment
from byway.routing.tree import build_tree


def find(*files: str) -> tuple[MetadataFile, ...]:
    found, problems = find_metadata_files(files)
    assert not problems
    return found


def the(file: str) -> MetadataFile:
    [found] = find(file)
    return found


def problems_of(*files: str) -> tuple[Problem, ...]:
    return find_metadata_files(files)[1]


@pytest.mark.parametrize(
    ("file", "pattern", "content_type"),
    [
        ("app/favicon.ico", "/favicon.ico", "image/x-icon"),
        ("app/icon.png", "/icon.png", "image/png"),
        ("app/icon1.png", "/icon1.png", "image/png"),
        ("app/icon.py", "/icon", None),
        ("app/icon1.py", "/icon1", None),
        ("app/apple_icon.py", "/apple-icon", None),
        ("app/opengraph_image.py", "/opengraph-image", None),
        ("app/blog/twitter_image2.py", "/blog/twitter-image2", None),
        ("app/blog/opengraph-image.gif", "/blog/opengraph-image.gif", "image/gif"),
        ("app/robots.txt", "/robots.txt", "text/plain"),
        ("app/robots.py", "/robots.txt", "text/plain"),
        ("app/manifest.json", "/manifest.json", "application/manifest+json"),
        ("app/manifest.webmanifest", "/manifest.webmanifest", "application/manifest+json"),
        ("app/manifest.py", "/manifest.webmanifest", "application/manifest+json"),
        ("app/sitemap.xml", "/sitemap.xml", "application/xml"),
        ("app/shop/[slug]/sitemap.py", "/shop/[slug]/sitemap.xml", "application/xml"),
        ("src/app/robots.py", "/robots.txt", "text/plain"),
        ("src/app/news/sitemap.xml", "/news/sitemap.xml", "application/xml"),
        ("app/item/[slug]/icon.png", "/item/[slug]/icon.png", "image/png"),
        ("app/item/[slug]/icon.py", "/item/[slug]/icon", None),
        ("app/docs/[...path]/icon.png", "/docs/-/icon.png", "image/png"),
        ("app/docs/[[...path]]/icon.png", "/docs/-/icon.png", "image/png"),
        ("app/caf%C3%A9/icon.png", "/café/icon.png", "image/png"),
    ],
)
def test_each_file_has_its_url_and_type(file: str, pattern: str, content_type: str | None) -> None:
    found = the(file)
    assert found.pattern == pattern
    assert found.content_type == content_type


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("app/(g)/icon.svg", "/icon-yj9kvg.svg"),
        ("app/(group)/about/opengraph_image.py", "/about/opengraph-image-12x8i5"),
        ("app/(g)/grouped/twitter-image.png", "/grouped/twitter-image-1pt9fw.png"),
        ("src/app/(g)/icon.svg", "/icon-yj9kvg.svg"),
        ("app/@children/icon.svg", "/icon.svg"),
        ("app/(g)/sitemap.py", "/sitemap.xml"),
    ],
)
def test_an_image_below_a_group_has_the_suffix_of_the_original(file: str, pattern: str) -> None:
    assert the(file).pattern == pattern


def test_images_of_two_slots_have_urls_of_their_own() -> None:
    patterns = {one.pattern for one in find("app/@a/icon.png", "app/@b/icon.png", "app/icon.png")}
    assert len(patterns) == 3
    assert all(re.fullmatch(r"/icon(-[0-9a-z]{1,6})?\.png", pattern) for pattern in patterns)


class TestPaths:
    def test_a_static_file_has_one_path_for_all_parameters(self) -> None:
        assert the("app/item/[slug]/icon.png").path() == "/item/-/icon.png"
        assert the("app/[a]/[...b]/icon.png").path() == "/-/-/icon.png"

    def test_code_has_a_path_for_each_value(self) -> None:
        assert the("app/shop/[slug]/opengraph_image.py").path({"slug": "a b"}) == "/shop/a%20b/opengraph-image"
        assert the("app/shop/[slug]/icon.py").path({"slug": "a/ü"}) == "/shop/a%2F%C3%BC/icon"

    def test_listed_images_end_in_their_id(self) -> None:
        assert the("app/gallery/icon.py").path(id="small") == "/gallery/icon/small"
        assert the("app/[id]/icon.py").path({"id": "x"}, 0) == "/x/icon/0"
        assert the("app/(g)/icon.py").path(id="a b") == "/icon-yj9kvg/a%20b"

    def test_listed_sitemaps_end_in_xml(self) -> None:
        assert the("app/products/sitemap.py").path(id=0) == "/products/sitemap/0.xml"

    def test_folder_names_are_encoded(self) -> None:
        assert the("app/caf%C3%A9/icon.png").path() == "/caf%C3%A9/icon.png"


def test_listed_segments_take_the_id_as_the_last() -> None:
    image, sitemap = the("app/[id]/icon.py"), the("app/products/sitemap.py")
    last = Segment("dynamic", ID_PARAM)
    assert image.listed_segments == (Segment("dynamic", "id"), Segment("static", "icon"), last)
    assert sitemap.listed_segments == (Segment("static", "products"), Segment("static", "sitemap"), last)


def test_code_is_given_the_parameters_of_its_folders() -> None:
    assert the("app/[tag]/(g)/[item]/icon.py").param_names == ("tag", "item")
    assert the("app/icon1.py").name == "icon1"


def test_files_come_in_the_order_of_their_names() -> None:
    names = ["app/icon2.jpg", "app/icon.png", "app/icon10.png", "app/favicon.ico", "app/icon1.png"]
    assert [one.file for one in find(*names)] == sorted(names)


def test_an_alt_text_is_found_for_its_image() -> None:
    image, numbered, other = find(
        "app/opengraph-image.alt.txt",
        "app/opengraph-image.png",
        "app/opengraph-image1.alt.txt",
        "app/opengraph-image1.png",
        "app/x/opengraph-image.png",
    )
    assert image.alt_file == "app/opengraph-image.alt.txt"
    assert numbered.alt_file == "app/opengraph-image1.alt.txt"
    assert other.alt_file is None


def test_an_authors_own_files_and_private_folders_are_left_alone() -> None:
    assert find("app/page.py", "app/icon.css", "app/_lib/icon.py", "app/_a/b/robots.py", "app/x/(_y)/z.png") == ()


@pytest.mark.parametrize(
    ("file", "what", "cure"),
    [
        (
            "app/blog/favicon.ico",
            '"favicon.ico" belongs in the app folder itself.',
            'Move it to "app/favicon.ico".',
        ),
        (
            "app/(site)/robots.txt",
            '"robots.txt" belongs in the app folder itself.',
            'Move it to "app/robots.txt".',
        ),
        (
            "src/app/a/b/manifest.py",
            '"manifest.py" belongs in the app folder itself.',
            'Move it to "src/app/manifest.py", or give it another name when it is a helper of your own.',
        ),
        (
            "app/(.)photo/icon.png",
            'A metadata file below the intercepting folder "(.)photo" is never reached.',
            "Move it out of that folder: only pages can be intercepted.",
        ),
        (
            "app/[...path]/icon.py",
            'Code below the catch-all "[...path]" has no URL, because a catch-all must be the last part of one.',
            'Move it to the folder above, or write "[path]" for a single segment.',
        ),
        (
            "app/[__metadata_id__]/icon.py",
            'The parameter "__metadata_id__" holds the ids of the images or sitemaps that a file lists.',
            'Give the folder "[__metadata_id__]" another name.',
        ),
        ("app/favicon.png", "A favicon cannot be of the type .png.", 'Use "favicon.ico".'),
        (
            "app/twitter-image.alt.txt",
            'There is no image "twitter-image" for this text to describe.',
            "Put the image beside it, or remove the text.",
        ),
    ],
)
def test_a_file_in_the_wrong_place_is_a_problem_with_its_cure(file: str, what: str, cure: str) -> None:
    assert problems_of(file) == (Problem(file, what, cure),)


def test_a_wrong_folder_is_a_problem() -> None:
    [problem] = problems_of("app/[x/icon.png")
    assert problem.what == 'The folder "[x" has a bracket astray.'


def test_an_alt_text_for_code_is_a_problem() -> None:
    assert problems_of("app/opengraph-image.alt.txt", "app/opengraph_image.py") == (
        Problem(
            "app/opengraph-image.alt.txt",
            'The text for "opengraph_image.py" stands in a file.',
            'Write alt = "…" in "opengraph_image.py" instead.',
        ),
    )


def test_all_problems_are_told_and_the_sound_files_found() -> None:
    found, problems = find_metadata_files(["app/x/robots.txt", "app/icon.png", "app/favicon.png"])
    assert [one.file for one in found] == ["app/icon.png"]
    assert [one.file for one in problems] == ["app/favicon.png", "app/x/robots.txt"]


class TestConflicts:
    def test_two_files_of_one_url_are_a_problem(self) -> None:
        assert list(find_conflicts(find("app/robots.txt", "app/robots.py"))) == [
            Problem(
                "app/robots.txt",
                'It is served at "/robots.txt", and so is "app/robots.py".',
                "Keep one of them.",
            )
        ]

    def test_two_names_of_one_parameter_are_left_to_the_rules_of_routes(self) -> None:
        files = find("app/(a)/[x]/sitemap.py", "app/(b)/[y]/sitemap.py")
        assert list(find_conflicts(files)) == []
        routes = [Route(one.pattern, one.segments, one.file, "metadata", one.param_names) for one in files]
        _, [problem] = build_tree((), routes)
        assert problem.what.startswith("Different parameter names stand for the same dynamic segment:")

    def test_one_url_in_two_groups_is_a_problem(self) -> None:
        [problem] = find_conflicts(find("app/(a)/[x]/sitemap.py", "app/(b)/[x]/sitemap.py"))
        assert problem.file == "app/(b)/[x]/sitemap.py"

    def test_two_manifests_are_a_problem(self) -> None:
        [problem] = find_conflicts(find("app/manifest.json", "app/manifest.py"))
        assert problem.what == 'An app has one manifest, and "app/manifest.json" is it.'

    def test_a_sitemap_may_stand_beside_listed_ones(self) -> None:
        files = find("app/sitemap.xml", "app/sitemap.py")
        assert list(find_conflicts(files, listing={"app/sitemap.py"})) == []
        assert len(list(find_conflicts(files))) == 1

    def test_static_files_that_are_linked_at_one_url(self) -> None:
        [problem] = find_conflicts(find("app/-/icon.png", "app/[slug]/icon.png"))
        assert problem == Problem(
            "app/[slug]/icon.png",
            'Pages link to it at "/-/icon.png", and so they do to "app/-/icon.png".',
            "Rename one of them, or give it a number: icon1.png.",
        )
        [problem] = find_conflicts(find("app/[...path]/icon.png", "app/[slug]/icon.png"))
        assert problem.file == "app/[slug]/icon.png"

    def test_an_image_and_code_of_one_name_have_urls_of_their_own(self) -> None:
        assert list(find_conflicts(find("app/icon.png", "app/icon.py", "app/icon.svg", "app/x/icon.png"))) == []


def test_a_hash_is_short_and_follows_the_content() -> None:
    assert re.fullmatch("[0-9a-f]{16}", content_hash(b"a"))
    assert content_hash(b"a") == content_hash(b"a") != content_hash(b"b")
