"""``manifest.py``: the web app manifest, as an object and as the JSON of ``manifest.webmanifest``.

Implements the ``manifest.json`` convention of the documents. The members are those of the W3C's Web Application
Manifest and of its incubations, whose own names are in snake_case already.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Required, TypeAlias, TypedDict, cast

from byway.http import json
from byway.http.pairs import scalars
from byway.metadata.shapes import MetadataError, Shape, is_list, shape_of

DisplayMode = Literal[
    "fullscreen",
    "standalone",
    "minimal-ui",
    "browser",
    "window-controls-overlay",
    "tabbed",
    "borderless",
    "picture-in-picture",
]
Orientation = Literal[
    "any",
    "natural",
    "landscape",
    "portrait",
    "portrait-primary",
    "portrait-secondary",
    "landscape-primary",
    "landscape-secondary",
]
Direction = Literal["ltr", "rtl", "auto"]
ClientMode = Literal["auto", "focus-existing", "navigate-existing", "navigate-new"]


class ManifestIcon(TypedDict, total=False):
    """An image that stands for the app."""

    src: Required[str]
    type: str | None
    sizes: str | None
    """Such as ``192x192``, several with spaces between, or ``any``."""
    purpose: str | None
    """``any``, ``maskable``, ``monochrome``, or several with spaces between."""
    label: str | None


class ManifestText(TypedDict, total=False):
    """A text in the language that is its key; ``lang`` tells another one that it is in fact in."""

    value: Required[str]
    dir: Direction | None
    lang: str | None


Texts: TypeAlias = Mapping[str, str | ManifestText]
"""A text by language, such as ``de-CH``."""
Icons: TypeAlias = Mapping[str, Sequence[ManifestIcon]]
"""Icons by language."""


class ManifestScreenshot(TypedDict, total=False):
    """A picture of the app in use."""

    src: Required[str]
    type: str | None
    sizes: str | None
    label: str | None
    form_factor: Literal["narrow", "wide"] | None
    platform: str | None


class ManifestShortcut(TypedDict, total=False):
    """An entry of the app's context menu."""

    name: Required[str]
    name_localized: Texts | None
    url: Required[str]
    short_name: str | None
    short_name_localized: Texts | None
    description: str | None
    description_localized: Texts | None
    icons: Sequence[ManifestIcon] | None
    icons_localized: Icons | None


class ManifestFileHandler(TypedDict, total=False):
    """Files that the app opens: their endings by media type."""

    action: Required[str]
    accept: Required[Mapping[str, str | Sequence[str]]]
    icons: Sequence[ManifestIcon] | None
    launch_type: Literal["single-client", "multiple-clients"] | None


class ManifestProtocolHandler(TypedDict, total=False):
    """Links that the app opens; ``%s`` in the ``url`` stands for the link."""

    protocol: Required[str]
    url: Required[str]


class ManifestRelatedApplication(TypedDict, total=False):
    """A native app that may be offered instead."""

    platform: Required[str]
    url: str | None
    id: str | None
    min_version: str | None
    fingerprints: Sequence[Mapping[str, str]] | None


class ManifestLaunchHandler(TypedDict, total=False):
    """Which window a launch of the app goes to."""

    client_mode: ClientMode | Sequence[ClientMode] | None


class ManifestServiceWorker(TypedDict, total=False):
    """The service worker to be registered at installation."""

    src: str | None
    scope: str | None
    type: str | None
    update_via_cache: Literal["imports", "import", "none", "all"] | None


class ManifestSharedFile(TypedDict, total=False):
    """A form field for shared files, and the types that it takes."""

    name: Required[str]
    accept: Required[str | Sequence[str]]


class ManifestShareParams(TypedDict, total=False):
    """The names that shared texts and files have in the request."""

    title: str | None
    text: str | None
    url: str | None
    files: ManifestSharedFile | Sequence[ManifestSharedFile] | None


class ManifestShareTarget(TypedDict, total=False):
    """Where what is shared with the app is sent to."""

    action: str | None
    method: Literal["GET", "POST", "get", "post"] | None
    enctype: Literal["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"] | None
    params: ManifestShareParams | None


class ManifestColors(TypedDict, total=False):
    """The colours of a dark theme."""

    background_color: str | None
    theme_color: str | None


class Manifest(TypedDict, total=False):
    """What the function of ``manifest.py`` returns: ``MetadataRoute.Manifest`` in the documents."""

    background_color: str | None
    categories: Sequence[str] | None
    color_scheme_dark: ManifestColors | None
    description: str | None
    description_localized: Texts | None
    dir: Direction | None
    display: Literal["fullscreen", "standalone", "minimal-ui", "browser"] | None
    display_override: Sequence[DisplayMode] | None
    edge_side_panel: Mapping[str, Any] | None
    file_handlers: Sequence[ManifestFileHandler] | None
    handle_links: Literal["auto", "preferred", "not-preferred"] | None
    iarc_rating_id: str | None
    icons: Sequence[ManifestIcon] | None
    icons_localized: Icons | None
    id: str | None
    lang: str | None
    launch_handler: ManifestLaunchHandler | None
    name: str | None
    name_localized: Texts | None
    note_taking: Mapping[str, Any] | None
    orientation: Orientation | None
    other: Mapping[str, Any] | None
    """Further members, beside these: they go out as they are written."""
    permissions_policy: Mapping[str, Any] | None
    prefer_related_applications: bool | None
    protocol_handlers: Sequence[ManifestProtocolHandler] | None
    related_applications: Sequence[ManifestRelatedApplication] | None
    scope: str | None
    scope_extensions: Sequence[Mapping[str, Any]] | None
    screenshots: Sequence[ManifestScreenshot] | None
    serviceworker: ManifestServiceWorker | None
    share_target: ManifestShareTarget | None
    short_name: str | None
    short_name_localized: Texts | None
    shortcuts: Sequence[ManifestShortcut] | None
    start_url: str | None
    tab_strip: Mapping[str, Any] | None
    theme_color: str | None
    user_preferences: Mapping[str, Any] | None
    widgets: Sequence[Mapping[str, Any]] | None


_MANIFEST: Final[Shape] = shape_of(Manifest)


def serialise_manifest(manifest: Manifest) -> bytes:
    """The JSON that ``manifest`` describes: compact, in the order of its keys, without those that are None.

    Lone surrogates, which have no encoding, become U+FFFD.

    :raises MetadataError: ``manifest`` is no such object, or holds what JSON has no form for.
    """
    _MANIFEST.check(manifest)
    try:
        members = cast("dict[str, object]", _given(manifest))
        others = cast("dict[str, object]", members.pop("other", {}))
        for name in others:
            if name in members:
                raise MetadataError("is a member already.", "Keep one of them.").within(name).within("other")
        return json.encode({**members, **others})
    except TypeError as error:
        raise MetadataError("holds what JSON has no form for.", str(error)) from error
    except RecursionError:
        what = "is nested too deeply, or holds itself."
        raise MetadataError(what, "Return dicts and lists that come to an end.") from None


def _given(value: object) -> object:
    """``value`` without the keys that are None. Raises ``MetadataError`` for what would go out as something else."""
    if isinstance(value, str):
        return scalars(value)
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {_within(key, key): _within(key, item) for key, item in items if item is not None}
    if is_list(value):
        return [_within(index, item) for index, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise MetadataError(f"is {value}.", "Write a finite number: JSON has no others.")
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise MetadataError("is bytes.", "Write a str: JSON has no bytes.")
    return value


def _within(step: object, value: object) -> object:
    try:
        return _given(value)
    except MetadataError as error:
        raise error.within(step)  # noqa: B904 - the same error
