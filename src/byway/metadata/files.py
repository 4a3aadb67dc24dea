"""The list of an app's files, read for its metadata: which file is what, and at which URL it is served.

Implements where the documents allow each convention, and the URLs that the original gives them: static files keep
their ending, code has none but that of a text; below a route group or a slot, whose files could else meet at one URL,
the name of an image gets a suffix.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from byway.metadata.conventions import Convention, MetadataKind, MetadataName, MisnamedError, parse_name
from byway.problems import Problem
from byway.routing.matcher import SEGMENT_SAFE
from byway.routing.route import pattern_of
from byway.routing.segments import Segment, SegmentError, parse_segment

ID_PARAM: Final = "__metadata_id__"
"""The parameter of a URL that holds the id of one of the images, or sitemaps, that a file lists."""

ANY: Final = "-"
"""What stands in the URL of a static file for the parameters of its folders: it is the same for all values."""


@dataclass(frozen=True, slots=True)
class MetadataFile:
    """A file that makes metadata.

    ``file`` is relative to the project's root, with forward slashes; ``folder`` are the segments of its folder that
    stand in the URL, ``last`` the last part of its URL. ``name`` is the file's own without its ending: for code, the
    function's. ``alt_file`` is the ``.alt.txt`` beside a static share image.
    """

    file: str
    convention: Convention
    name: str
    is_code: bool
    content_type: str | None
    folder: tuple[Segment, ...]
    last: str
    alt_file: str | None = None

    @property
    def kind(self) -> MetadataKind:
        """Which metadata it makes."""
        return self.convention.kind

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments of its URL. A catch-all, which must be the last of a URL, is ``-`` in those of static files."""
        folder = (Segment("static", ANY) if segment.is_catch_all else segment for segment in self.folder)
        return (*folder, Segment("static", self.last))

    @property
    def listed_segments(self) -> tuple[Segment, ...]:
        """The segments of its URLs when it lists images or sitemaps: the last is the id, with ``.xml`` for sitemaps."""
        name = self.last.removesuffix(".xml")
        return (*self.segments[:-1], Segment("static", name), Segment("dynamic", ID_PARAM))

    @property
    def pattern(self) -> str:
        """The pattern of its URL, as of a route: ``/items/[slug]/opengraph-image``."""
        return pattern_of(self.segments)

    @property
    def param_names(self) -> tuple[str, ...]:
        """The parameters that its function is given."""
        return tuple(segment.name for segment in self.folder if segment.is_param)

    def path(self, params: Mapping[str, str | list[str]] | None = None, id: str | int | None = None) -> str:
        """The path of its URL, encoded: for the values ``params`` of the folders' parameters when code makes it, and
        with the ``id`` of one of those it lists."""
        parts = [self._part(segment, params or {}) for segment in self.folder]
        if id is None:
            parts.append(self.last)
        elif self.kind == "sitemap":
            parts += ["sitemap", f"{id}.xml"]
        else:
            parts += [self.last, str(id)]
        return "".join(f"/{quote(part, safe=SEGMENT_SAFE)}" for part in parts)

    def _part(self, segment: Segment, params: Mapping[str, str | list[str]]) -> str:
        if not segment.is_param:
            return segment.name
        value = params[segment.name] if self.is_code else ANY
        assert isinstance(value, str)  # code below a catch-all is refused
        return value


def content_hash(data: bytes) -> str:
    """What a link to a file has as its query, so that browsers ask anew when ``data``, which makes it, changes."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def find_metadata_files(files: Iterable[str]) -> tuple[tuple[MetadataFile, ...], tuple[Problem, ...]]:
    """The metadata files of an app, in the order in which a page's head names them, and all that is wrong with them.

    ``files`` are paths below ``app/`` or ``src/app/``, relative to the project's root, with forward slashes, in any
    order. Files of other names are an author's own, and so is everything in private folders.
    """
    found: list[MetadataFile] = []
    alts: dict[tuple[str, str], str] = {}  # by folder and name
    problems: set[Problem] = set()
    for file in sorted(set(files)):
        folder, _, file_name = file.rpartition("/")
        folders = folder.split("/")[2 if file.startswith("src/") else 1 :]
        if any(one.startswith("_") for one in folders):
            continue
        try:
            name = parse_name(file_name)
            if name is not None and name.is_alt:
                alts[folder, name.name] = file
            elif name is not None:
                found.append(_place(file, name, folders))
        except (MisnamedError, SegmentError) as error:
            problems.add(Problem(file, error.what, error.cure))

    placed = tuple(_with_alts(found, alts))
    problems.update(_astray(alts, placed))
    return placed, tuple(sorted(problems))


def _place(file: str, name: MetadataName, folders: list[str]) -> MetadataFile:
    """Raises ``MisnamedError`` when the folders may not have such a file, ``SegmentError`` when they are wrong."""
    convention = name.convention
    file_name = file.rpartition("/")[2]
    if folders and not convention.everywhere:
        top = file.removesuffix("/".join([*folders, file_name])) + file_name
        helper = ", or give it another name when it is a helper of your own" if name.is_code else ""
        raise MisnamedError(f'"{file_name}" belongs in the app folder itself.', f'Move it to "{top}"{helper}.')
    segments = [parse_segment(folder) for folder in folders]
    url = tuple(segment for segment in segments if segment.in_url)
    for segment in segments:
        if segment.kind == "intercepting":
            raise MisnamedError(
                f'A metadata file below the intercepting folder "{segment}" is never reached.',
                "Move it out of that folder: only pages can be intercepted.",
            )
        if segment.is_param and segment.name == ID_PARAM:
            raise MisnamedError(
                f'The parameter "{ID_PARAM}" holds the ids of the images or sitemaps that a file lists.',
                f'Give the folder "{segment}" another name.',
            )
        if segment.is_catch_all and name.is_code:
            raise MisnamedError(
                f'Code below the catch-all "{segment}" has no URL, because a catch-all must be the last part of one.',
                f'Move it to the folder above, or write "[{segment.name}]" for a single segment.',
            )
    if name.is_code:
        stem, ending = name.name.replace("_", "-"), (convention.made or "").partition(".")[2]
    else:
        stem, ending = name.name, name.ending
    if convention.kind != "sitemap":
        stem += _suffix(folders)
    return MetadataFile(
        file,
        convention,
        name.name,
        name.is_code,
        convention.made_type if name.is_code else convention.types[name.ending],
        url,
        f"{stem}.{ending}" if ending else stem,
    )


def _suffix(folders: list[str]) -> str:
    """What tells an image from those of other groups and slots: a hash of its folders, spelled as the original does."""
    if not any(
        (one.startswith("(") and one.endswith(")")) or (one[0] == "@" and one != "@children") for one in folders
    ):
        return ""
    path = "".join(f"/{folder}" for folder in folders).encode("utf-16-le")
    value = 5381  # djb2
    for low, high in zip(path[::2], path[1::2], strict=True):
        value = (value * 33 + (high << 8 | low)) & 0xFFFFFFFF
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return f"-{digits[:6]}"


def _with_alts(files: Iterable[MetadataFile], alts: Mapping[tuple[str, str], str]) -> Iterator[MetadataFile]:
    for one in files:
        alt_file = None if one.is_code else alts.get((one.file.rpartition("/")[0], one.name))
        yield dataclasses.replace(one, alt_file=alt_file) if alt_file else one


def _astray(alts: Mapping[tuple[str, str], str], files: Iterable[MetadataFile]) -> Iterator[Problem]:
    """Alt texts that describe nothing."""
    used = {one.alt_file for one in files}
    code = {(one.file.rpartition("/")[0], one.name.replace("_", "-")): one for one in files if one.is_code}
    for place, file in alts.items():
        if file in used:
            continue
        if made := code.get(place):
            name = made.file.rpartition("/")[2]
            yield Problem(file, f'The text for "{name}" stands in a file.', f'Write alt = "…" in "{name}" instead.')
        else:
            what = f'There is no image "{place[1]}" for this text to describe.'
            yield Problem(file, what, "Put the image beside it, or remove the text.")


def find_conflicts(files: Iterable[MetadataFile], listing: Collection[str] = ()) -> Iterator[Problem]:
    """The files of which an app can have one only: two of one URL, two manifests.

    ``listing`` are those, by their ``file``, that list images or sitemaps: their own URL is free for another. Where
    only the names of parameters differ, `routing.conflicts` tells it.
    """
    files = tuple(files)
    by_place: defaultdict[str, list[MetadataFile]] = defaultdict(list)
    for one in files:
        segments = one.listed_segments if one.file in listing else one.segments
        by_place["manifest" if one.kind == "manifest" else pattern_of(segments)].append(one)
    for first, *others in by_place.values():
        for other in others:
            what = (
                f'An app has one manifest, and "{first.file}" is it.'
                if other.kind == "manifest"
                else f'It is served at "{other.pattern}", and so is "{first.file}".'
            )
            yield Problem(other.file, what, "Keep one of them.")
    # A static file in a dynamic segment is linked at "-", where nothing else may answer.
    linked: defaultdict[str, list[MetadataFile]] = defaultdict(list)
    for one in files:
        if not one.is_code:
            linked[one.path()].append(one)
    for first, *others in linked.values():
        for other in others:
            if other.pattern != first.pattern:
                what = f'Pages link to it at "{other.path()}", and so they do to "{first.file}".'
                yield Problem(other.file, what, "Rename one of them, or give it a number: icon1.png.")
