"""What the head of a page says because of the metadata files around it.

Implements the "<head> output" of the documents' pages on app icons, Open Graph and Twitter images and the manifest: a
page has the files of its own folder and of those above it. Of each kind the nearest folder that has any counts, so an
``icon`` replaces the icons above it, but no ``apple-icon``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from byway.metadata.conventions import MetadataKind
from byway.metadata.files import MetadataFile
from byway.metadata.head import HeadImage, HeadTag, image_tags, made_image, manifest_tag, static_image
from byway.routing.matcher import Matcher
from byway.runtime.metadata_endpoint import MadeMetadata
from byway.runtime.metadata_exports import LoadedMetadata
from byway.runtime.pages import PageEndpoint
from byway.runtime.scope import ParamsScope
from byway.runtime.static_request import StaticRequest
from byway.runtime.work import Params, Work, current

if TYPE_CHECKING:
    from byway.runtime.app import App

# In the order of a page's head.
_KINDS: Final[Sequence[MetadataKind]] = ("opengraph-image", "twitter-image", "favicon", "icon", "apple-icon")


async def head_tags_at(app: App, path: str, origin: str) -> list[HeadTag]:
    """The tags for the page at ``path``, without a request: see `head_tags`.

    Raises ``LookupError`` when there is no page, and what a `generate_image_metadata` raises.
    """
    pages = ((one.route.segments, one.endpoint) for one in app.routes if isinstance(one.endpoint, PageEndpoint))
    if (match := Matcher(pages, Params).match(path)) is None:
        raise LookupError(f"There is no page at {path}.")
    page, params = match
    request = StaticRequest("GET", path, lambda api: scope.read_request(api))
    work = Work(app, request)
    work.endpoint = page
    scope = work.scope = ParamsScope(work, f"a generate_image_metadata() around {page.file}")
    token = current.set(work)
    try:
        return await head_tags(work, app.metadata, page.file, params or {}, origin)
    finally:
        current.reset(token)


async def head_tags(
    work: Work, metadata: Sequence[LoadedMetadata], page: str, params: Mapping[str, Any], origin: str
) -> list[HeadTag]:
    """The tags for the page in the file ``page``, asked for with ``params``.

    ``origin`` begins the URLs of share images, which must be absolute: ``https://acme.com``. Raises what a
    `generate_image_metadata` raises.
    """
    base_path = work.request.url.base_path
    tags = [manifest_tag(base_path + one.file.path()) for one in metadata if one.file.kind == "manifest"]
    around = [images_in(metadata, folder) for folder in _folders(page)]
    for kind in _KINDS:
        nearest = next((images[kind] for images in around if kind in images), ())
        for one in nearest:
            prefix = origin + base_path if one.file.convention.has_alt else base_path
            for image in await head_images(work, one, params, prefix):
                tags += image_tags(kind, image)
    return tags


def images_in(metadata: Sequence[LoadedMetadata], folder: str) -> dict[MetadataKind, list[LoadedMetadata]]:
    """The files of icons and share images in ``folder``, which is relative to the project's root."""
    images: dict[MetadataKind, list[LoadedMetadata]] = {}
    for one in metadata:
        if one.file.convention.is_image and one.file.file.rpartition("/")[0] == folder:
            images.setdefault(one.file.kind, []).append(one)
    return images


async def head_images(work: Work, one: LoadedMetadata, params: Mapping[str, Any], prefix: str) -> list[HeadImage]:
    """What a head says of the images of one file; ``prefix`` begins their URLs.

    Raises what a `generate_image_metadata` raises.
    """
    made = one.endpoint
    if not isinstance(made, MadeMetadata):
        return [static_image(prefix + _url(one, params), one.file.content_type, one.info, one.alt)]
    if not made.is_listing:
        return [made_image(prefix + _url(one, params), made.image)]
    own = _own(one.file, params)
    return [
        made_image(prefix + _url(one, params, item["id"]), made.described(item)) for item in await made.items(work, own)
    ]


def _url(one: LoadedMetadata, params: Mapping[str, Any], id: str | int | None = None) -> str:
    return f"{one.file.path(_own(one.file, params), id)}?{one.digest}"


def _own(file: MetadataFile, params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: params[name] for name in file.param_names if name in params}


def _folders(page: str) -> Iterator[str]:
    """The folder of ``page``, and those above it down to the app's."""
    folder = page
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        yield folder
