"""Answering with metadata: what the function of a metadata file returns, or a static file as it is.

Implements what the Next.js documents call special Route Handlers: ``robots``, ``sitemap``, ``manifest``, ``icon``,
``apple-icon``, ``opengraph-image`` and ``twitter-image``, with ``generateSitemaps`` and ``generateImageMetadata``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterable, AsyncIterator, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from byway.http.body import Chunk
from byway.http.response import Onward, Response
from byway.metadata.conventions import CACHE_CONTROL, CACHE_CONTROL_IN_DEVELOPMENT, DEFAULT_IMAGE_TYPE, MetadataKind
from byway.metadata.files import ID_PARAM, MetadataFile
from byway.metadata.images import read_image
from byway.metadata.manifest import serialise_manifest
from byway.metadata.robots import serialise_robots
from byway.metadata.shapes import MetadataError
from byway.metadata.sitemap import serialise_entries, serialise_sitemap
from byway.metadata.variants import ImageConfig, ImageMetadata, check_image_metadata, check_sitemap_ids
from byway.routing.route import pattern_of
from byway.runtime.assets import PublicEndpoint
from byway.runtime.components import PropsFunction
from byway.runtime.control_flow import ControlFlow, as_control_flow
from byway.runtime.dispatch import NotThisRoute, answer_control_flow, answer_without_handler, in_time, no_response
from byway.runtime.public import PublicFile
from byway.runtime.route_cache import CACHE_HEADER
from byway.runtime.segment import SegmentConfig
from byway.runtime.static_params import StaticParamsError, static_params
from byway.runtime.work import Params, RouteType, Work, current

_IMAGE_HINT = "Return bytes, an iterator or async iterator of bytes, or a Response, such as an ImageResponse."


class MetadataFileError(ValueError):
    """A metadata file's function that does not return what it must; ``what`` is wrong, and its ``cure``."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what} {cure}")
        self.what = what
        self.cure = cure


class _TextId(str):
    """An id that can be awaited, and used without that."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, str]:
        yield from ()
        return str(self)


class _NumberId(int):
    """An id that can be awaited, and used without that."""

    def __await__(self) -> Generator[None, None, int]:
        yield from ()
        return int(self)


class MadeMetadata:
    """A metadata file whose function makes the answer to GET, anew for each request.

    ``lister`` is its `generate_image_metadata` or `generate_sitemaps`, None when it has none; ``image`` are the options
    at its top, for an image.
    """

    __slots__ = (
        "_ahead",
        "_function",
        "_lister",
        "_metadata",
        "_static_params",
        "config",
        "file",
        "image",
        "pattern",
        "segments",
    )

    methods = ("GET", "HEAD")
    allow = "GET, HEAD, OPTIONS"
    is_file = True
    route_type: RouteType = "route"

    def __init__(
        self,
        metadata: MetadataFile,
        function: PropsFunction,
        lister: PropsFunction | None,
        image: ImageConfig,
        config: SegmentConfig,
    ) -> None:
        self._metadata = metadata
        self._function = function
        self._lister = lister
        # What was listed for the answers that are about to be made, each for one of them: a list of a thousand items is
        # asked for once by a build, and not once for each.
        self._ahead: dict[tuple[str, ...], ImageMetadata] = {}
        self._static_params = config.generate_static_params
        self.image = image
        if lister is not None:
            config = dataclasses.replace(config, generate_static_params=self.list_params, lister=lister.name)
        self.config = config
        self.file = metadata.file
        self.segments = metadata.segments if lister is None else metadata.listed_segments
        self.pattern = pattern_of(self.segments)

    @property
    def is_listing(self) -> bool:
        """Whether it makes several images or sitemaps, of which each has an id."""
        return self._lister is not None

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """What the function makes. Raises what it raises, `MetadataFileError`, and `NotThisRoute` for an unknown id."""
        method = work.request.method
        if method not in ("GET", "HEAD"):
            return answer_without_handler(method, self.allow)
        making = self._make(work, params or {})
        try:
            if self.config.max_duration is None:
                return await making
            return await in_time(work, self.config.max_duration, self.file, making)
        except (ControlFlow, BaseExceptionGroup) as error:
            flow = as_control_flow(error)
            if flow is None:
                raise
            return answer_control_flow(work, flow)

    async def _make(self, work: Work, params: Mapping[str, Any]) -> Response:
        own = Params((name, params[name]) for name in self._metadata.param_names)
        props: dict[str, object] = {"params": own}
        image = self.image
        if self._lister is not None:
            item = await self._item(work, own, params[ID_PARAM])
            image, identity = self.described(item), item["id"]
            props["id"] = _TextId(identity) if isinstance(identity, str) else _NumberId(identity)
        made = await self._function.call(work, props)
        if self._metadata.convention.is_image:
            return self._image(made, image.get("content_type"))
        return await self._text(work, made)

    async def _item(self, work: Work, params: Params, id_in_url: str) -> ImageMetadata:
        """What is listed with this id. Raises what `items` raises, and `NotThisRoute`."""
        if (known := self._ahead.pop(_key(params, id_in_url), None)) is not None:
            return known
        for item in await self.items(work, params):
            if self._id_in_url(item["id"]) == id_in_url:
                return item
        raise NotThisRoute

    async def items(self, work: Work, params: Mapping[str, Any]) -> Sequence[ImageMetadata]:
        """The images, or sitemaps, that there are for ``params``.

        Raises what the author's function raises, and ``StaticParamsError`` when it returns no such list.
        """
        assert self._lister is not None
        listed: Any = await self._lister.call(work, {"params": Params(params)})
        try:
            if self._metadata.kind == "sitemap":
                return cast("Sequence[ImageMetadata]", check_sitemap_ids(listed))
            return check_image_metadata(listed)
        except MetadataError as error:
            raise StaticParamsError(
                self.file, f"returned a wrong list: {error.what}", error.cure, self._lister.name
            ) from None

    def described(self, item: ImageMetadata) -> ImageConfig:
        """The options of one of the images that it lists: what is not said there is what the file says for all."""
        return {**self.image, **cast("ImageConfig", item)}

    async def list_params(self) -> list[dict[str, Any]]:
        """`generate_static_params` of a file that lists images or sitemaps: the parameters of each of them."""
        work = current.get()
        folders: list[dict[str, Any]] = [] if self._metadata.param_names else [{}]
        if (own := self._static_params) is not None:
            folders = await static_params(own, self._metadata.folder, self.file, run=work.app.threads.run)
        listed: list[dict[str, Any]] = []
        self._ahead.clear()
        for values in folders:
            for item in await self.items(work, values):
                id_in_url = self._id_in_url(item["id"])
                self._ahead[_key(values, id_in_url)] = item
                listed.append({**values, ID_PARAM: id_in_url})
        return listed

    def _id_in_url(self, identity: str | int) -> str:
        return f"{identity}.xml" if self._metadata.kind == "sitemap" else str(identity)

    def _image(self, made: object, content_type: str | None) -> Response:
        if isinstance(made, Response) and not isinstance(made, Onward):
            return made
        if isinstance(made, (bytes, bytearray, memoryview)):
            data = bytes(cast("bytes", made))
            if content_type is None and (info := read_image(data)) is not None:
                content_type = info.content_type
            return Response(data, headers={} if content_type is None else {"content-type": content_type})
        if isinstance(made, (Iterator, AsyncIterable)):
            chunks = cast("Iterator[Chunk] | AsyncIterable[Chunk]", made)
            return Response(chunks, headers={"content-type": content_type or DEFAULT_IMAGE_TYPE})
        raise MetadataFileError(no_response(made, str(self._function), wanted="an image"), _IMAGE_HINT)

    async def _text(self, work: Work, made: object) -> Response:
        body: bytes | Iterator[bytes] | AsyncIterator[bytes]
        if self._metadata.kind == "sitemap" and isinstance(made, AsyncIterable):
            body = self._async_chunks(serialise_entries(cast("AsyncIterable[object]", made)))
        else:
            try:
                # In a thread, for there may be 50,000 entries to look at.
                written = await work.app.threads.run(_written, self._metadata.kind, made)
            except MetadataError as error:
                raise self._wrong(error) from None
            body = written if isinstance(written, bytes) else self._chunks(written)
        assert self._metadata.content_type is not None
        return Response(body, headers={"content-type": self._metadata.content_type, "cache-control": CACHE_CONTROL})

    def _chunks(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from chunks
        except MetadataError as error:
            raise self._wrong(error) from None

    async def _async_chunks(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks:
                yield chunk
        except MetadataError as error:
            raise self._wrong(error) from None

    def _wrong(self, error: MetadataError) -> MetadataFileError:
        return MetadataFileError(f"{self._function} returned a wrong value: {error.what}", error.cure)


def _written(kind: MetadataKind, made: Any) -> bytes | Iterator[bytes]:
    """The text that an author's object ``made`` describes. Raises ``MetadataError``."""
    match kind:
        case "robots":
            return serialise_robots(made)
        case "manifest":
            return serialise_manifest(made)
        case _:
            return serialise_sitemap(made)


def _key(params: Mapping[str, Any], id_in_url: str) -> tuple[str, ...]:
    """What tells the items of one file apart; code lies below no catch-all, so that all values are text."""
    return (*params.values(), id_in_url)


class StaticMetadata(PublicEndpoint):
    """A metadata file that is sent as it is."""

    __slots__ = ("segments",)

    methods = ("GET", "HEAD")

    def __init__(self, metadata: MetadataFile, root: Path, *, is_development: bool) -> None:
        assert metadata.content_type is not None
        headers = [("content-type", metadata.content_type), ("accept-ranges", "bytes")]
        if not is_development:
            headers.append((CACHE_HEADER, "HIT"))
        control = CACHE_CONTROL_IN_DEVELOPMENT if is_development else CACHE_CONTROL
        file = PublicFile(root / metadata.file, metadata.content_type, tuple(headers), control)
        # A link may lead from the app's folder to elsewhere in the project.
        super().__init__(metadata.pattern, file, root)
        self.segments = metadata.segments

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """The file, a part of it, or the news that the client's copy is still good; None for other methods."""
        return None if work.request.method == "OPTIONS" else await super().respond(work, params)
