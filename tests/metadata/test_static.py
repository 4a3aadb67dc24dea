from __future__ import annotations

import pytest

from byway.metadata.conventions import IMAGE_TYPES
from byway.metadata.files import MetadataFile, find_metadata_files
from byway.metadata.images import ImageInfo, read_image
from byway.metadata.static import inspect_static, read_alt
from byway.problems import Problem
from byway.runtime.public import content_type

from .pictures import avif, gif, ico, jpeg, png, webp_lossy

MEGABYTE = 1024 * 1024


def the(file: str) -> MetadataFile:
    [found], _ = find_metadata_files([file])
    return found


@pytest.mark.parametrize(
    ("file", "data", "info"),
    [
        ("app/favicon.ico", ico((16, 16)), ImageInfo("image/x-icon", ((16, 16),))),
        ("app/icon.png", png(32, 32), ImageInfo("image/png", ((32, 32),))),
        ("app/icon.svg", b"<svg/>", ImageInfo("image/svg+xml")),
        ("app/icon.jpeg", jpeg(8, 8), ImageInfo("image/jpeg", ((8, 8),))),
        ("app/opengraph-image.gif", gif(30, 20), ImageInfo("image/gif", ((30, 20),))),
        ("app/robots.txt", png(1, 1), None),
    ],
)
def test_the_image_is_read(file: str, data: bytes, info: ImageInfo | None) -> None:
    assert inspect_static(the(file), data) == (info, ())


def test_what_is_no_image_is_a_problem() -> None:
    info, problems = inspect_static(the("app/icon.png"), b"broken")
    what = "This file is no image: its first bytes are those of no known type."
    cure = "Put an image there (.ico, .jpg, .jpeg, .png, .svg), or remove the file."
    assert (info, problems) == (None, (Problem("app/icon.png", what, cure),))


@pytest.mark.parametrize(
    ("file", "data", "what", "cure"),
    [
        (
            "app/icon1.png",
            jpeg(8, 8),
            "The file is named .png, but it is a .jpg.",
            'Name it "icon1.jpg", or save it as .png.',
        ),
        (
            "app/(g)/icon.jpeg",
            png(8, 8),
            "The file is named .jpeg, but it is a .png.",
            'Name it "icon.png", or save it as .jpeg.',
        ),
        ("app/favicon.ico", png(8, 8), "The file is named .ico, but it is a .png.", "Save it as .ico."),
        ("app/twitter-image.png", webp_lossy(8, 8), "The file is named .png, but it is a .webp.", "Save it as .png."),
    ],
)
def test_an_image_of_another_type_than_its_name_is_a_problem(file: str, data: bytes, what: str, cure: str) -> None:
    _, problems = inspect_static(the(file), data)
    assert problems == (Problem(file, what, cure),)


def test_every_type_that_is_read_has_an_ending() -> None:
    images = [png(1, 1), jpeg(1, 1), gif(1, 1), ico((1, 1)), webp_lossy(1, 1), avif((1, 1)), b"<svg/>"]
    read = {info.content_type for data in images if (info := read_image(data))}
    assert len(read) == len(images)
    assert read == set(IMAGE_TYPES.values())


def test_the_types_are_those_of_the_public_folder() -> None:
    assert {ending: content_type(f"x.{ending}") for ending in IMAGE_TYPES} == IMAGE_TYPES


@pytest.mark.parametrize(
    ("file", "limit", "what"),
    [
        (
            "app/twitter-image.png",
            5 * MEGABYTE,
            "This Twitter image has 5.20 MB; it must not exceed 5 MB.",
        ),
        (
            "app/opengraph-image.png",
            8 * MEGABYTE,
            "This Open Graph image has 8.20 MB; it must not exceed 8 MB.",
        ),
    ],
)
def test_a_share_image_above_its_limit_is_a_problem(file: str, limit: int, what: str) -> None:
    image = png(8, 8)
    assert inspect_static(the(file), image.ljust(limit, b"\0"))[1] == ()
    assert len(inspect_static(the(file), image.ljust(limit + 1, b"\0"))[1]) == 1
    _, problems = inspect_static(the(file), image.ljust(limit + MEGABYTE // 5, b"\0"))
    assert problems == (Problem(file, what, "Make it smaller: fewer pixels, or a stronger compression."),)


def test_an_icon_has_no_limit() -> None:
    assert inspect_static(the("app/icon.png"), png(8, 8).ljust(9 * MEGABYTE, b"\0"))[1] == ()


@pytest.mark.parametrize("data", [b"About Acme", b"About Acme\n", b"\xef\xbb\xbfAbout Acme\r\n"])
def test_an_alt_text_has_no_white_space_around_it(data: bytes) -> None:
    assert read_alt(data) == "About Acme"
