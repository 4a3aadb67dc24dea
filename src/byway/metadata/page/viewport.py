"""``viewport``: how a page is fitted to the screen, and the colours around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, Required, TypeAlias, TypedDict, cast

from byway.metadata.head import HeadTag
from byway.metadata.page.field import Resolved, as_dict, as_list, meta, plain, text_of
from byway.metadata.shapes import shape_of


class ThemeColor(TypedDict, total=False):
    """A colour, and the media query of where it is used."""

    color: Required[str]
    media: str | None


ColorScheme = Literal["normal", "light", "dark", "light dark", "dark light", "only light"]
Length: TypeAlias = str | float


class Viewport(TypedDict, total=False):
    """What `viewport` is and `generate_viewport` returns: ``Viewport`` in the documents.

    Without ``width`` and ``initial_scale`` they are ``device-width`` and 1.
    """

    width: Length | None
    """``device-width``, or pixels."""
    height: Length | None
    initial_scale: float | None
    minimum_scale: float | None
    maximum_scale: float | None
    user_scalable: bool | None
    viewport_fit: Literal["auto", "cover", "contain"] | None
    interactive_widget: Literal["resizes-visual", "resizes-content", "overlays-content"] | None
    theme_color: str | ThemeColor | Sequence[str | ThemeColor] | None
    color_scheme: ColorScheme | None


_VIEWPORT: Final = shape_of(Viewport)
_PARTS = (
    "width",
    "height",
    "initial_scale",
    "minimum_scale",
    "maximum_scale",
    "user_scalable",
    "viewport_fit",
    "interactive_widget",
)
_CHARSET = HeadTag("meta", (("charset", "utf-8"),))


def check_viewport(value: object) -> Viewport:
    """``value``, which is a file's ``viewport`` or what its ``generate_viewport`` returned.

    :raises MetadataError: it is no such object.
    """
    _VIEWPORT.check(value)
    return cast("Viewport", value)


def default_viewport() -> Resolved:
    """The viewport of a page that says nothing of it, with every key."""
    return {**dict.fromkeys(Viewport.__annotations__), "width": "device-width", "initial_scale": 1}


def merge_viewport(resolved: Resolved, viewport: Viewport | None) -> Resolved:
    """``resolved``, the viewport of the ancestors, with the keys that ``viewport`` sets; None clears one."""
    merged = {**resolved, **plain(viewport or {})}
    merged.update((name, None) for name, value in (viewport or {}).items() if value is None)
    if merged["theme_color"]:
        merged["theme_color"] = [as_dict(one, "color") for one in as_list(merged["theme_color"])]
    return merged


def viewport_tags(viewport: Resolved) -> Iterator[HeadTag]:
    """The charset, and the ``meta`` elements of ``viewport``: what a head begins with."""
    yield _CHARSET
    parts = ((name.replace("_", "-"), _text(viewport[name])) for name in _PARTS)
    yield from meta("viewport", ", ".join(f"{name}={text}" for name, text in parts if text))
    for color in viewport["theme_color"] or ():
        for tag in meta("theme-color", color["color"]):
            media = (("media", color["media"]),) if color.get("media") else ()
            yield HeadTag("meta", tag.attributes + media)
    yield from meta("color-scheme", viewport["color_scheme"])


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return text_of(value)
