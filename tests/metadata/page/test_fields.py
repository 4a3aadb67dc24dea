"""The keys of metadata as a whole: their order, their checks, and that nothing gets out of a head."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.metadata.page.fields import FIELDS, MOVED, Metadata, check_metadata, metadata_tags, unset
from byway.metadata.shapes import MetadataError

from .heads import fault, head


def test_every_key_has_a_field() -> None:
    assert {"metadata_base", *FIELDS} == set(get_type_hints(Metadata))


def test_unset_metadata_have_every_key_and_make_no_tag() -> None:
    assert set(unset()) == set(get_type_hints(Metadata))
    assert list(metadata_tags(unset())) == []


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"titel": "x"}, "The returned object has the unknown key 'titel'. Did you mean 'title'?"),
        ({"openGraph": {}}, "The returned object has the unknown key 'openGraph'. Did you mean 'open_graph'?"),
        (
            {"metadataBase": "x"},
            "The returned object has the unknown key 'metadataBase'. Did you mean 'metadata_base'?",
        ),
        ({"title": 5}, "title is 5. Write a str or a dict with the keys 'default', 'template', 'absolute'."),
        (
            {"metadata_base": "acme.com"},
            "metadata_base is 'acme.com'. Write an absolute URL, such as \"https://acme.com\".",
        ),
        ({"description": b"x"}, "description is b'x'. Write a str."),
        (["title"], 'The returned object is list. Write a dict: {"title": "Hello"}.'),
    ],
)
def test_a_mistake_is_named_with_its_cure(metadata: object, expected: str) -> None:
    assert fault(metadata) == expected


@pytest.mark.parametrize("key", MOVED)
def test_keys_of_the_viewport_are_dropped(key: str) -> None:
    assert check_metadata({key: object(), "title": "x"}) == {"title": "x"}


def test_a_cycle_is_a_mistake_like_any_other() -> None:
    metadata: dict[str, Any] = {}
    metadata["other"] = metadata
    with pytest.raises(MetadataError):
        check_metadata(metadata)


HOSTILE = "</title></head><script>x</script>\"'&--><!--"


def hostile_everywhere() -> dict[str, Any]:
    """Metadata with a hostile text wherever an author may write a text of any kind, names included."""
    link = {"url": HOSTILE, "title": HOSTILE}
    app = {"url": HOSTILE, "app_name": HOSTILE}
    return {
        **dict.fromkeys(("title", "description", "application_name", "manifest", "generator", "keywords"), HOSTILE),
        **dict.fromkeys(("creator", "publisher", "robots", "abstract", "archives", "assets", "bookmarks"), HOSTILE),
        **dict.fromkeys(("category", "classification"), HOSTILE),
        "authors": {"name": HOSTILE, "url": HOSTILE},
        "pagination": {"next": HOSTILE},
        "other": {HOSTILE: HOSTILE},
        "alternates": {"canonical": HOSTILE, "types": {HOSTILE: [link]}, "languages": {HOSTILE: HOSTILE}},
        "itunes": {"app_id": HOSTILE, "app_argument": HOSTILE},
        "facebook": {"app_id": HOSTILE},
        "pinterest": {"rich_pin": HOSTILE},
        "verification": {"me": HOSTILE, "other": {HOSTILE: HOSTILE}},
        "apple_web_app": {"title": HOSTILE, "startup_image": {"url": HOSTILE, "media": HOSTILE}},
        "open_graph": {"type": "article", "images": {"url": HOSTILE, "alt": HOSTILE}, "tags": [HOSTILE]},
        "twitter": {"card": "app", "site": HOSTILE, "app": {"name": HOSTILE, "id": {"ipad": HOSTILE}}},
        "app_links": {"ios": app, "android": {"package": HOSTILE, "class": HOSTILE}},
        "icons": {"icon": {"url": HOSTILE, "rel": HOSTILE, "media": HOSTILE}},
    }


class Elements(HTMLParser):
    """The names of a document's elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def test_no_text_gets_out_of_its_place() -> None:
    tags = head(hostile_everywhere())  # type: ignore[arg-type]
    assert len(tags) > 40
    assert Elements("".join(tags)).names == {"title", "meta", "link"}
    assert all("<script" not in tag and "<!--" not in tag for tag in tags)


@given(st.text(), st.text())
def test_no_name_and_no_value_makes_another_element(name: str, value: str) -> None:
    tags = head({"title": value, "other": {name: value}, "icons": value})
    assert Elements("".join(tags)).names <= {"title", "meta", "link"}
