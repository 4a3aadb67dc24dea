"""``manifest.py``: the web app manifest, as an object and as the JSON of ``manifest.webmanifest``.

Implements the ``manifest.json`` convention of the documents. The members are those of the W3C's Web Application
Manifest and of its incubations, whose own names are in snake_case already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Required, TypedDict, cast

from byway.http import json
from byway.metadata.shapes import MetadataError, Shape, shape_of

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
ClientMode = Literal["auto", "focus-existing", "navigate-existing", "navigate-new"]


class ManifestIcon(TypedDict, total=False):
    """An image that stands for the app."""

    src: Required[str]
    type: str
    sizes: str
    """Such as ``192x192``, several with spaces between, or ``any``."""
    purpose: str
    """``any``, ``maskable``, ``monochrome``, or several with spaces between."""
    label: str


class ManifestScreenshot(TypedDict, total=False):
    """A picture of the app in use."""

    src: Required[str]
    type: str
    sizes: str
    label: str
    form_factor: Literal["narrow", "wide"]
    platform: str


class ManifestShortcut(TypedDict, total=False):
    """An entry of the app's context menu."""

    name: Required[str]
    url: Required[str]
    short_name: str
    description: str
    icons: Sequence[ManifestIcon]


class ManifestFileHandler(TypedDict, total=False):
    """Files that the app opens: their endings by media type."""

    action: Required[str]
    accept: Required[Mapping[str, str | Sequence[str]]]
    icons: Sequence[ManifestIcon]
    launch_type: Literal["single-client", "multiple-clients"]


class ManifestProtocolHandler(TypedDict, total=False):
    """Links that the app opens; ``%s`` in the ``url`` stands for the link."""

    protocol: Required[str]
    url: Required[str]


class ManifestRelatedApplication(TypedDict, total=False):
    """A native app that may be offered instead."""

    platform: Required[str]
    url: str
    id: str
    min_version: str
    fingerprints: Sequence[Mapping[str, str]]


class ManifestLaunchHandler(TypedDict, total=False):
    """Which window a launch of the app goes to."""

    client_mode: ClientMode | Sequence[ClientMode]


class ManifestServiceWorker(TypedDict, total=False):
    """The service worker to be registered at installation."""

    src: str
    scope: str
    type: str
    update_via_cache: Literal["imports", "import", "none", "all"]


class ManifestSharedFile(TypedDict, total=False):
    """A form field for shared files, and the types that it takes."""

    name: Required[str]
    accept: Required[str | Sequence[str]]


class ManifestShareParams(TypedDict, total=False):
    """The names that shared texts and files have in the request."""

    title: str
    text: str
    url: str
    files: ManifestSharedFile | Sequence[ManifestSharedFile]


class ManifestShareTarget(TypedDict, total=False):
    """Where what is shared with the app is sent to."""

    action: str
    method: Literal["GET", "POST", "get", "post"]
    enctype: Literal["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]
    params: ManifestShareParams


class Manifest(TypedDict, total=False):
    """What the function of ``manifest.py`` returns: ``MetadataRoute.Manifest`` in the documents."""

    background_color: str
    categories: Sequence[str]
    description: str
    dir: Literal["ltr", "rtl", "auto"]
    display: Literal["fullscreen", "standalone", "minimal-ui", "browser"]
    display_override: Sequence[DisplayMode]
    edge_side_panel: Mapping[str, Any]
    file_handlers: Sequence[ManifestFileHandler]
    handle_links: Literal["auto", "preferred", "not-preferred"]
    iarc_rating_id: str
    icons: Sequence[ManifestIcon]
    id: str
    lang: str
    launch_handler: ManifestLaunchHandler
    name: str
    note_taking: Mapping[str, Any]
    orientation: Orientation
    permissions_policy: Mapping[str, Any]
    prefer_related_applications: bool
    protocol_handlers: Sequence[ManifestProtocolHandler]
    related_applications: Sequence[ManifestRelatedApplication]
    scope: str
    scope_extensions: Sequence[Mapping[str, Any]]
    screenshots: Sequence[ManifestScreenshot]
    serviceworker: ManifestServiceWorker
    share_target: ManifestShareTarget
    short_name: str
    shortcuts: Sequence[ManifestShortcut]
    start_url: str
    tab_strip: Mapping[str, Any]
    theme_color: str
    user_preferences: Mapping[str, Any]
    widgets: Sequence[Mapping[str, Any]]


_MANIFEST: Final[Shape] = shape_of(Manifest)


def serialise_manifest(manifest: Manifest) -> bytes:
    """The JSON that ``manifest`` describes: compact, in the order of its keys, without those that are None.

    :raises MetadataError: ``manifest`` is no such object, or holds what JSON has no form for.
    """
    _MANIFEST.check(manifest)
    try:
        return json.encode(_given(manifest))
    except TypeError as error:
        raise MetadataError("holds what JSON has no form for.", str(error)) from error


def _given(value: object) -> object:
    """``value`` without the keys that are None."""
    match value:
        case Mapping():
            items = cast("Mapping[object, object]", value).items()
            return {key: _given(item) for key, item in items if item is not None}
        case list() | tuple():
            return [_given(item) for item in cast("Sequence[object]", value)]
        case _:
            return value
