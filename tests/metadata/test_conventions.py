from __future__ import annotations

import pytest

from byway.metadata.conventions import CONVENTIONS, MetadataKind, MisnamedError, parse_name


@pytest.mark.parametrize(
    ("file_name", "kind", "content_type"),
    [
        ("favicon.ico", "favicon", "image/x-icon"),
        ("icon.ico", "icon", "image/x-icon"),
        ("icon.jpg", "icon", "image/jpeg"),
        ("icon.jpeg", "icon", "image/jpeg"),
        ("icon.png", "icon", "image/png"),
        ("icon.svg", "icon", "image/svg+xml"),
        ("icon1.png", "icon", "image/png"),
        ("icon12.png", "icon", "image/png"),
        ("apple-icon.jpg", "apple-icon", "image/jpeg"),
        ("apple-icon.jpeg", "apple-icon", "image/jpeg"),
        ("apple-icon2.png", "apple-icon", "image/png"),
        ("opengraph-image.jpg", "opengraph-image", "image/jpeg"),
        ("opengraph-image.jpeg", "opengraph-image", "image/jpeg"),
        ("opengraph-image.png", "opengraph-image", "image/png"),
        ("opengraph-image3.gif", "opengraph-image", "image/gif"),
        ("twitter-image.jpg", "twitter-image", "image/jpeg"),
        ("twitter-image.jpeg", "twitter-image", "image/jpeg"),
        ("twitter-image.png", "twitter-image", "image/png"),
        ("twitter-image.gif", "twitter-image", "image/gif"),
        ("robots.txt", "robots", "text/plain"),
        ("sitemap.xml", "sitemap", "application/xml"),
        ("manifest.json", "manifest", "application/manifest+json"),
        ("manifest.webmanifest", "manifest", "application/manifest+json"),
    ],
)
def test_every_static_file_of_the_tables_is_known(file_name: str, kind: MetadataKind, content_type: str) -> None:
    name = parse_name(file_name)
    assert name is not None
    assert name.convention is CONVENTIONS[kind]
    assert f"{name.name}.{name.ending}" == file_name
    assert name.convention.types[name.ending] == content_type
    assert not name.is_code
    assert not name.is_alt


@pytest.mark.parametrize(
    ("file_name", "kind", "made_type"),
    [
        ("icon.py", "icon", None),
        ("icon1.py", "icon", None),
        ("apple_icon.py", "apple-icon", None),
        ("apple_icon2.py", "apple-icon", None),
        ("opengraph_image.py", "opengraph-image", None),
        ("twitter_image.py", "twitter-image", None),
        ("robots.py", "robots", "text/plain"),
        ("sitemap.py", "sitemap", "application/xml"),
        ("manifest.py", "manifest", "application/manifest+json"),
    ],
)
def test_every_python_file_of_the_tables_is_known(file_name: str, kind: MetadataKind, made_type: str | None) -> None:
    name = parse_name(file_name)
    assert name is not None
    assert name.convention is CONVENTIONS[kind]
    assert f"{name.name}.py" == file_name
    assert name.convention.made_type == made_type
    assert name.is_code


@pytest.mark.parametrize("name", ["opengraph-image", "opengraph-image2", "twitter-image"])
def test_an_alt_text_belongs_to_a_share_image(name: str) -> None:
    found = parse_name(f"{name}.alt.txt")
    assert found is not None
    assert found.is_alt
    assert found.name == name


@pytest.mark.parametrize(
    "file_name",
    [
        "page.py",
        "icons.py",
        "my-icon.png",
        "icon",
        "icon.css",
        "icon.module.css",
        "icon.md",
        "icon.alt.txt",
        "icon.alt.png",
        "opengraph-image.alt.md",
        "opengraph-image.txt",
        "favicon1.ico",
        "robots1.txt",
        "sitemap2.py",
        "sitemap.json",
        "robots.md",
        "manifest.yaml",
        "Icon.png",
    ],
)
def test_other_names_are_an_authors_own(file_name: str) -> None:
    assert parse_name(file_name) is None


@pytest.mark.parametrize(
    ("file_name", "what", "cure"),
    [
        ("favicon.png", "A favicon cannot be of the type .png.", 'Use "favicon.ico".'),
        (
            "favicon.py",
            "A favicon cannot be made by code.",
            'Name the file "icon.py", with the function icon(), or put a "favicon.ico" there.',
        ),
        (
            "icon2.webp",
            "An icon cannot be of the type .webp.",
            'Use "icon2.ico", "icon2.jpg", "icon2.jpeg", "icon2.png" or "icon2.svg".',
        ),
        (
            "apple-icon.svg",
            "An apple-icon cannot be of the type .svg.",
            'Use "apple-icon.jpg", "apple-icon.jpeg" or "apple-icon.png".',
        ),
        (
            "opengraph-image.svg",
            "An opengraph-image cannot be of the type .svg.",
            'Use "opengraph-image.jpg", "opengraph-image.jpeg", "opengraph-image.png" or "opengraph-image.gif".',
        ),
        ("sitemap.txt", "A sitemap file cannot be of the type .txt.", 'Use "sitemap.xml".'),
        ("robots.xml", "A robots file cannot be of the type .xml.", 'Use "robots.txt".'),
        (
            "manifest.xml",
            "A manifest file cannot be of the type .xml.",
            'Use "manifest.json" or "manifest.webmanifest".',
        ),
        ("icon.PNG", 'The name "icon.PNG" is not that of an icon.', 'Name it "icon.png".'),
        ("apple_icon.png", 'The name "apple_icon.png" is not that of an apple-icon.', 'Name it "apple-icon.png".'),
        ("apple-icon.py", '"apple-icon.py" is no name of a Python module.', 'Name it "apple_icon.py".'),
        ("twitter-image1.py", '"twitter-image1.py" is no name of a Python module.', 'Name it "twitter_image1.py".'),
        (
            "twitter_image.alt.txt",
            'The name "twitter_image.alt.txt" is not that of an alt text.',
            'Name it "twitter-image.alt.txt".',
        ),
    ],
)
def test_a_name_meant_as_metadata_is_refused_with_its_cure(file_name: str, what: str, cure: str) -> None:
    with pytest.raises(MisnamedError) as caught:
        parse_name(file_name)
    assert (caught.value.what, caught.value.cure) == (what, cure)
    assert str(caught.value) == f"{what} {cure}"


def test_share_images_have_the_documented_limits() -> None:
    limits = {kind: row.max_bytes for kind, row in CONVENTIONS.items() if row.max_bytes}
    assert limits == {"opengraph-image": 8 * 1024 * 1024, "twitter-image": 5 * 1024 * 1024}


def test_only_these_belong_in_the_app_folder_alone() -> None:
    assert {kind for kind, row in CONVENTIONS.items() if not row.everywhere} == {"favicon", "robots", "manifest"}
