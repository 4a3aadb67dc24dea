"""What the bytes of a static metadata file say of it, and what is wrong with them.

Implements the limits of the documents on the size of share images, and the reading of an image's type and size.
"""

from __future__ import annotations

from byway.metadata.conventions import IMAGE_TYPES
from byway.metadata.files import MetadataFile
from byway.metadata.images import ImageInfo, read_image
from byway.problems import Problem

_NAMES = {"opengraph-image": "Open Graph", "twitter-image": "Twitter"}
_ENDINGS = {content_type: ending for ending, content_type in reversed(IMAGE_TYPES.items())}


def inspect_static(file: MetadataFile, data: bytes) -> tuple[ImageInfo | None, tuple[Problem, ...]]:
    """What the image in ``data``, the bytes of the static ``file``, is; and what is wrong with it.

    None for a text. An image that is cut off or broken has no size.
    """
    if not file.convention.is_image:
        return None, ()
    problems: list[Problem] = []
    if problem := _too_large(file, len(data)):
        problems.append(problem)
    info = read_image(data)
    if info is None:
        endings = ", ".join(f".{ending}" for ending in file.convention.types)
        what = "This file is no image: its first bytes are those of no known type."
        problems.append(Problem(file.file, what, f"Put an image there ({endings}), or remove the file."))
    elif info.content_type != file.content_type:
        actual, named = _ENDINGS[info.content_type], file.last.rpartition(".")[2]
        cure = f"Save it as .{named}"
        if actual in file.convention.types:
            cure = f'Name it "{file.name}.{actual}", or save it as .{named}'
        problems.append(Problem(file.file, f"The file is named .{named}, but it is a .{actual}.", f"{cure}."))
    return info, tuple(problems)


def read_alt(data: bytes) -> str:
    """The text of an ``.alt.txt`` file, without white space around it."""
    return data.decode("utf-8-sig", "replace").strip()


def _too_large(file: MetadataFile, size: int) -> Problem | None:
    limit = file.convention.max_bytes
    if limit is None or size <= limit:
        return None
    megabyte = 1024 * 1024
    what = f"This {_NAMES[file.kind]} image has {size / megabyte:.2f} MB; it must not exceed {limit // megabyte} MB."
    return Problem(file.file, what, "Make it smaller: fewer pixels, or a stronger compression.")
