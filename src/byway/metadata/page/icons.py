"""``icons``: the icons of a page, by what they are for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Required, TypeAlias, TypedDict, cast

from byway.http.url import URL
from byway.metadata.head import HeadImage, HeadTag
from byway.metadata.page.field import Context, Resolved, as_dict, as_list, link, plain
from byway.metadata.shapes import is_list


class IconDescriptor(TypedDict, total=False):
    """An icon."""

    url: Required[str | URL]
    rel: str | None
    type: str | None
    sizes: str | None
    color: str | None
    media: str | None
    fetch_priority: Literal["high", "low", "auto"] | None


Icon: TypeAlias = str | URL | IconDescriptor


class Icons(TypedDict, total=False):
    """Icons by what they are for; those of ``other`` say so themselves, in their ``rel``."""

    icon: Icon | Sequence[Icon] | None
    shortcut: Icon | Sequence[Icon] | None
    apple: Icon | Sequence[Icon] | None
    other: Icon | Sequence[Icon] | None


IconsValue: TypeAlias = str | URL | Sequence[Icon] | Icons

# In the order of a page's head.
_RELS = {"shortcut": "shortcut icon", "icon": "icon", "apple": "apple-touch-icon", "other": "icon"}
_ATTRIBUTES = {
    "type": "type",
    "sizes": "sizes",
    "color": "color",
    "media": "media",
    "fetch_priority": "fetchpriority",
}


def resolve_icons(icons: IconsValue, _: Context) -> Resolved | None:
    """``icons`` as a list of dicts for each kind; None when it is an empty text."""
    if not icons and not is_list(icons):
        return None
    by_kind = as_dict(icons, "icon")
    resolved: Resolved = {"icon": [], "apple": []}
    for kind in _RELS:
        if (value := by_kind.get(kind)) is not None:
            resolved[kind] = [plain(as_dict(one)) for one in as_list(value)]
    return resolved


def icon_of(image: HeadImage) -> Resolved:
    """The resolved icon of a file."""
    return cast("Resolved", plain({"url": image.url, "type": image.content_type, "sizes": image.sizes}))


def icons_tags(icons: Any) -> Iterator[HeadTag]:
    """The ``link`` elements of icons."""
    for kind, rel in _RELS.items():
        for icon in icons.get(kind) or ():
            attributes = {name: icon.get(key) for key, name in _ATTRIBUTES.items()}
            yield from link(icon.get("rel") or rel, icon["url"], attributes)
