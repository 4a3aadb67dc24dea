"""The head of a page: what its layouts and the page say for it, and the metadata files around them.

`PageHead` asks the app; what becomes of the answers is in `byway.metadata.page`. All `generate_metadata` of a page
begin at once, and so do all `generate_viewport`. Each may await its ``parent``, which is there once the ancestors are.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeVar

from byway.metadata.conventions import MetadataKind
from byway.metadata.head import HeadImage, HeadTag, made_image, static_image
from byway.metadata.page.field import Resolved
from byway.metadata.page.fields import metadata_tags
from byway.metadata.page.links import Links
from byway.metadata.page.merge import Merging, SegmentFiles
from byway.metadata.page.viewport import default_viewport, merge_viewport, viewport_tags
from byway.runtime.components import PropsFunction
from byway.runtime.head_exports import Generated, HeadExports, Said, Teller
from byway.runtime.metadata_endpoint import MadeMetadata
from byway.runtime.metadata_exports import LoadedMetadata
from byway.runtime.page_props import own_params, search_params
from byway.runtime.together import ended, together
from byway.runtime.work import Work

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FolderImages:
    """The metadata files of one folder that heads lead to."""

    images: Mapping[MetadataKind, Sequence[LoadedMetadata]] = field(
        default_factory=dict[MetadataKind, Sequence[LoadedMetadata]]
    )
    manifest: LoadedMetadata | None = None

    @classmethod
    def of(cls, metadata: Sequence[LoadedMetadata], folder: str) -> FolderImages:
        """The files in ``folder``, which is relative to the project's root."""
        images: dict[MetadataKind, list[LoadedMetadata]] = {}
        manifest: LoadedMetadata | None = None
        for one in metadata:
            if one.file.file.rpartition("/")[0] == folder:
                if one.file.convention.is_image:
                    images.setdefault(one.file.kind, []).append(one)
                elif one.file.kind == "manifest":
                    manifest = one
        return cls(images, manifest)

    @property
    def is_listed(self) -> bool:
        """Whether only the app knows which images there are: by a `generate_image_metadata`."""
        loaded = [one for images in self.images.values() for one in images]
        return any(isinstance(one.endpoint, MadeMetadata) and one.endpoint.is_listing for one in loaded)

    async def files(self, work: Work, params: Mapping[str, Any]) -> SegmentFiles:
        """What heads lead to, for a page with ``params``. Raises what a `generate_image_metadata` raises."""
        base_path = work.request.url.base_path
        images: dict[MetadataKind, list[HeadImage]] = {}
        for kind, loaded in self.images.items():
            images[kind] = [image for one in loaded for image in await _images(work, one, params, base_path)]
        return SegmentFiles(
            next(iter(images.get("favicon", ())), None),
            images.get("icon"),
            images.get("apple-icon"),
            images.get("opengraph-image"),
            images.get("twitter-image"),
            None if self.manifest is None else base_path + self.manifest.file.path(),
        )


@dataclass(frozen=True, slots=True)
class HeadSegment:
    """A folder on the way to a page, or the page itself: what its file says, and the metadata files there."""

    exports: HeadExports
    images: FolderImages
    param_names: Sequence[str]
    is_page: bool = False


class _Parent:
    """What the ancestors of a file have resolved; awaited, it gives a dict of one's own."""

    __slots__ = ("_resolved",)

    def __init__(self, resolved: asyncio.Future[Resolved]) -> None:
        self._resolved = resolved

    def __await__(self) -> Generator[Any, None, Resolved]:
        # Who gives up waiting gives up for himself.
        resolved = yield from asyncio.shield(self._resolved).__await__()
        return deepcopy(resolved)


class PageHead:
    """The head of one page, whose ``segments`` go from the app's folder down to the page itself."""

    __slots__ = ("_is_constant", "_kept", "_segments", "_teller", "is_generated")

    def __init__(self, segments: Sequence[HeadSegment], teller: Teller) -> None:
        self._segments = tuple(segments)
        self._teller = teller
        #: Whether it needs code of the app.
        self.is_generated = any(
            isinstance(one.exports.metadata, Generated)
            or isinstance(one.exports.viewport, Generated)
            or one.images.is_listed
            for one in segments
        )
        self._is_constant = not self.is_generated and not any(one.param_names for one in segments)
        self._kept: tuple[tuple[str, str], str] | None = None

    async def markup(self, work: Work, params: Mapping[str, Any]) -> str:
        """The head's tags as HTML. Raises what `tags` raises."""
        url = work.request.url
        # The path differs where a server has mounted the app.
        key = (url.pathname, url.base_path)
        if self._kept is not None and self._kept[0] == key:
            return self._kept[1]
        markup = _html(await self.tags(work, params, _local_origin()))
        if self._is_constant:
            self._kept = (key, markup)
        return markup

    async def viewport_markup(self, work: Work, params: Mapping[str, Any]) -> str:
        """That part of it which must not come late, as HTML. Raises what `tags` raises."""
        return _html(viewport_tags(await self._viewport(work, params)))

    async def metadata_markup(self, work: Work, params: Mapping[str, Any]) -> str:
        """The other part. Raises what `tags` raises."""
        return _html(metadata_tags(await self._metadata(work, params, _local_origin())))

    async def tags(self, work: Work, params: Mapping[str, Any], origin: str) -> list[HeadTag]:
        """The head's tags for a request with ``params``.

        ``origin`` begins the URLs of share images where no ``metadata_base`` does. Raises what the app's functions
        raise, and `HeadError` when they return something wrong.
        """
        viewport, metadata = await together(self._viewport(work, params), self._metadata(work, params, origin))
        return [*viewport_tags(viewport), *metadata_tags(metadata)]

    async def _viewport(self, work: Work, params: Mapping[str, Any]) -> Resolved:
        resolved = [default_viewport()]
        said = [one.exports.viewport for one in self._segments]
        await self._walk(
            work, params, said, lambda: resolved[-1], lambda one: resolved.append(merge_viewport(resolved[-1], one))
        )
        return resolved[-1]

    async def _metadata(self, work: Work, params: Mapping[str, Any], origin: str) -> Resolved:
        files = [await one.images.files(work, params) for one in self._segments if not one.is_page]
        # A page has the files of its folder once more: they come after what it says itself.
        left = iter([*files, files[-1]])
        links = Links(work.request.url.pathname, None, origin, work.app.config.trailing_slash)
        merging = Merging(len(self._segments), links, lambda: self._warn_of_missing_base(origin))
        said = [one.exports.metadata for one in self._segments]
        await self._walk(work, params, said, lambda: merging.resolved, lambda one: merging.add(one, next(left)))
        return merging.finish()

    async def _walk(
        self,
        work: Work,
        params: Mapping[str, Any],
        said: Sequence[Said[T]],
        so_far: Callable[[], Resolved],
        add: Callable[[T | None], object],
    ) -> None:
        """Call ``add`` with what each segment has ``said``, in their order; functions are called all at once.

        ``so_far`` gives what the segments added so far have resolved.
        """
        loop = asyncio.get_running_loop()
        wanting = next(filter(None, map(_wants_query, said)), None)
        query = None if wanting is None else search_params(work, wanting)
        parents: dict[int, asyncio.Future[Resolved]] = {}
        calls: dict[int, asyncio.Task[Any]] = {}
        for index, one in enumerate(said):
            if isinstance(one, Generated):
                parent = parents[index] = loop.create_future()
                own = own_params(self._segments[index].param_names, params)
                props = {"params": own, "search_params": query, "parent": _Parent(parent)}
                calls[index] = asyncio.create_task(one.call(work, props))
        try:
            for index, one in enumerate(said):
                if isinstance(one, Generated):
                    parents[index].set_result(so_far())
                    add(await calls[index])
                else:
                    add(one)
        finally:
            await ended(*parents.values(), *calls.values())

    def _warn_of_missing_base(self, origin: str) -> None:
        self._teller.warn(
            f"There is no metadata_base, so that the URLs of share images begin with {origin}. Set it in the root "
            'layout: metadata = {"metadata_base": "https://acme.com"}.'
        )


def _html(tags: Iterable[HeadTag]) -> str:
    return "".join([tag.__html__() for tag in tags])


def _local_origin() -> str:
    return f"http://localhost:{os.environ.get('PORT') or 3000}"


def _wants_query(said: object) -> PropsFunction | None:
    """The function of ``said`` when it declares the prop ``search_params``."""
    return said.function if isinstance(said, Generated) and "search_params" in said.function.props else None


async def _images(work: Work, one: LoadedMetadata, params: Mapping[str, Any], prefix: str) -> list[HeadImage]:
    made = one.endpoint
    if not isinstance(made, MadeMetadata):
        return [static_image(prefix + _url(one, params), one.file.content_type, one.info, one.alt)]
    if not made.is_listing:
        return [made_image(prefix + _url(one, params), made.image)]
    items = await made.items(work, own_params(one.file.param_names, params))
    return [made_image(prefix + _url(one, params, item["id"]), made.described(item)) for item in items]


def _url(one: LoadedMetadata, params: Mapping[str, Any], id: str | int | None = None) -> str:
    return f"{one.file.path(own_params(one.file.param_names, params), id)}?{one.digest}"
