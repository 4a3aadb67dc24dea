"""Heads for tests: what becomes of metadata, as HTML, a line for each tag."""

from __future__ import annotations

from typing import Any

from byway.metadata.page.fields import Metadata, check_metadata, metadata_tags
from byway.metadata.page.links import Links
from byway.metadata.page.merge import NO_FILES, Merging, SegmentFiles
from byway.metadata.shapes import MetadataError

ORIGIN = "http://localhost:3000"
PAGE = Links("/blog/hello", None, ORIGIN)


def merged(*segments: Metadata | tuple[Metadata | None, SegmentFiles] | None, links: Links = PAGE) -> dict[str, Any]:
    """The metadata of a page with these segments, the app's folder first and the page last."""
    merging = Merging(len(segments), links)
    for segment in segments:
        metadata, files = segment if isinstance(segment, tuple) else (segment, NO_FILES)
        merging.add(None if metadata is None else check_metadata(metadata), files)
    return merging.finish()


def head(*segments: Metadata | tuple[Metadata | None, SegmentFiles] | None, links: Links = PAGE) -> list[str]:
    """The tags of a page with these segments."""
    return [tag.__html__() for tag in metadata_tags(merged(*segments, links=links))]


def fault(metadata: object) -> str:
    """What is wrong with ``metadata``, and the cure."""
    try:
        check_metadata(metadata)
    except MetadataError as error:
        return str(error)
    raise AssertionError("There is nothing wrong.")
