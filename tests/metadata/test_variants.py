from __future__ import annotations

from typing import Any

import pytest

from byway.metadata.shapes import MetadataError
from byway.metadata.variants import check_image_config, check_image_metadata, check_sitemap_ids


def test_the_images_of_the_documents() -> None:
    images = [
        {"content_type": "image/png", "size": {"width": 48, "height": 48}, "id": "small"},
        {"content_type": "image/png", "size": {"width": 72, "height": 72}, "id": "medium", "alt": "A"},
    ]
    assert check_image_metadata(images) is images


def test_the_sitemaps_of_the_documents() -> None:
    sitemaps = [{"id": 0}, {"id": 1}, {"id": 2}, {"id": 3}]
    assert check_sitemap_ids(sitemaps) is sitemaps


def test_an_empty_list_is_one() -> None:
    assert check_image_metadata([]) == []


def test_the_options_of_an_image_file() -> None:
    options = {"alt": "About Acme", "size": {"width": 1200, "height": 630}, "content_type": "image/png"}
    assert check_image_config(options) == options


@pytest.mark.parametrize(
    "content_type",
    ["image/png", "image/svg+xml", "image/svg+xml; charset=utf-8", 'image/x;a="b \\" c" ;d=e'],
)
def test_a_media_type_may_have_parameters(content_type: str) -> None:
    assert check_image_config({"content_type": content_type}) == {"content_type": content_type}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([{"id": 1}, {"alt": "x"}], "[1] has no 'id'. Write 'id': a str or a whole number."),
        ([{"id": None}], "[0].id is None. Write a str or a whole number."),
        ([{"id": True}], "[0].id is True. Write a str or a whole number."),
        ([{"id": 1}, {"id": "1"}], "[1].id is '1', as another is. Make ids unique."),
        ([{"id": ""}], "[0].id is empty, but it is a part of a URL. Give it a name or a number."),
        ([{"id": "."}], "[0].id is '.', which stands for a folder in a URL. Give it another name."),
        ([{"id": 1}, {"id": ".."}], "[1].id is '..', which stands for a folder in a URL. Give it another name."),
        (
            [{"id": "a\ud800"}],
            "[0].id is 'a\\ud800': a lone surrogate, which no URL can hold. Give it another name.",
        ),
        (
            [{"id": 1, "content_type": "png"}],
            "[0].content_type is 'png'. Write a media type, such as \"image/png\".",
        ),
        ([{"id": 1, "contentType": "x"}], "[0] has the unknown key 'contentType'. Did you mean 'content_type'?"),
        ([{"id": 1, "size": {"width": 1}}], "[0].size has no 'height'. Write 'height': a whole number above 0."),
        ([{"id": 1, "size": {"width": 0, "height": 1}}], "[0].size.width is 0. Write a whole number above 0."),
        ({"id": 1}, "The returned object is {'id': 1}. Write a list of dicts."),
    ],
)
def test_a_fault_in_a_list_of_images_is_named_by_its_place(value: Any, message: str) -> None:
    with pytest.raises(MetadataError) as caught:
        check_image_metadata(value)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([{}], "[0] has no 'id'. Write 'id': a str or a whole number."),
        ([{"id": ".."}], "[0].id is '..', which stands for a folder in a URL. Give it another name."),
        ([{"id": 1, "url": "x"}], "[0] has the unknown key 'url'. It may have the key 'id'."),
        ([0, 1], "[0] is 0. Write a dict with the key 'id'."),
    ],
)
def test_a_fault_in_a_list_of_sitemaps_is_named_by_its_place(value: Any, message: str) -> None:
    with pytest.raises(MetadataError) as caught:
        check_sitemap_ids(value)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alt": 5}, "alt is 5. Write a str."),
        ({"size": (32, 32)}, "size is (32, 32). Write a dict with the keys 'width', 'height'."),
        *(
            ({"content_type": wrong}, f'content_type is {wrong!r}. Write a media type, such as "image/png".')
            for wrong in (b"", "", "a\nb", "png", "image/", "image/png\n", "image/png;", "image/png, a/b", "image/ png")
        ),
    ],
)
def test_a_wrong_option_of_an_image_file_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(MetadataError) as caught:
        check_image_config(options)
    assert str(caught.value) == message
