"""What metadata files export, and what static ones hold: their endpoints, and every mistake in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeAlias

from byway.metadata.files import MetadataFile, content_hash, find_conflicts, find_metadata_files
from byway.metadata.images import ImageInfo
from byway.metadata.shapes import MetadataError
from byway.metadata.static import inspect_static, read_alt
from byway.metadata.variants import ImageConfig, check_image_config
from byway.problems import Problem
from byway.routing.route import Route
from byway.runtime.components import PropsFunction, UnknownPropsError, compile_function
from byway.runtime.dispatch import HandlerError
from byway.runtime.exports import (
    HANDLER_OPTIONS,
    Options,
    camel_cased,
    combinations,
    defined_names,
    read_options,
)
from byway.runtime.metadata_endpoint import MadeMetadata, StaticMetadata
from byway.runtime.route_cache import StaticRoute
from byway.runtime.segment import SegmentConfig

# Checked one by one, for their own messages.
_IMAGE_OPTIONS: Final[Options] = {name: (lambda _: True, "") for name in ("alt", "size", "content_type")}
# What lists the images or sitemaps of a file, and where it belongs.
_LISTERS: Final = {"generate_image_metadata": "the file of an image", "generate_sitemaps": "a sitemap.py"}

Loader: TypeAlias = Callable[[str], tuple[ModuleType, bytes] | None]


@dataclass(frozen=True, slots=True)
class LoadedMetadata:
    """A metadata file that is ready to be served.

    ``digest`` stands in links to it, and changes with it. ``info`` and ``alt`` describe a static image.
    """

    file: MetadataFile
    endpoint: MadeMetadata | StaticMetadata
    served: MadeMetadata | StaticMetadata | StaticRoute
    digest: str
    info: ImageInfo | None = None
    alt: str | None = None

    @property
    def route(self) -> Route:
        """Where it is served, as a route."""
        segments = self.endpoint.segments
        names = tuple(segment.name for segment in segments if segment.is_param)
        return Route(self.endpoint.pattern, segments, self.file.file, "metadata", names)


def read_metadata_files(
    files: Collection[str], root: Path, load: Loader, *, is_development: bool
) -> tuple[list[LoadedMetadata], list[Problem]]:
    """The metadata files among ``files``, all files of the app, and what is wrong with them.

    ``load`` gives a Python file's module and its source, or None for a file that does not import, which it reports
    itself.
    """
    found, mistakes = find_metadata_files(files)
    problems = list(mistakes)
    loaded: list[LoadedMetadata] = []
    for file in found:
        if file.is_code:
            one = _read_code(file, load, problems)
        else:
            one = _read_static(file, root, problems, is_development=is_development)
        if one is not None:
            loaded.append(one)
    listing = {one.file.file for one in loaded if isinstance(one.endpoint, MadeMetadata) and one.endpoint.is_listing}
    problems += find_conflicts((one.file for one in loaded), listing)
    return loaded, problems


def _read_static(
    file: MetadataFile, root: Path, problems: list[Problem], *, is_development: bool
) -> LoadedMetadata | None:
    try:
        data = (root / file.file).read_bytes()
        alt = None if file.alt_file is None else read_alt((root / file.alt_file).read_bytes())
    except OSError as error:
        what = f"This file cannot be read: {error.strerror}."
        problems.append(Problem(file.file, what, "Let the user that serves the app read it."))
        return None
    info, mistakes = inspect_static(file, data)
    problems += mistakes
    endpoint = StaticMetadata(file, root, is_development=is_development)
    return LoadedMetadata(file, endpoint, endpoint, content_hash(data), info, alt)


def _read_code(file: MetadataFile, load: Loader, problems: list[Problem]) -> LoadedMetadata | None:
    imported = load(file.file)
    if imported is None:
        return None
    module, source = imported
    defined = defined_names(source)
    before = len(problems)
    is_image = file.convention.is_image
    lister_name = _lister_of(file)
    problems += _misnamed(file, module, defined, lister_name)
    known = {**HANDLER_OPTIONS, **_IMAGE_OPTIONS} if is_image else HANDLER_OPTIONS
    options = read_options(file.file, module, defined, problems, known)
    given = {name: options.pop(name) for name in _IMAGE_OPTIONS if name in options}
    image = _check_image_options(file, given, defined, problems)
    is_listing = lister_name is not None and hasattr(module, lister_name)
    lister = _compile(file, lister_name, module, defined, ["params"], problems) if lister_name and is_listing else None
    props = [*(["params"] if lister_name is not None else []), *(["id"] if is_listing else [])]
    function = _compile(file, file.name, module, defined, props, problems)
    if function is not None:
        functions = {one.name: one.is_async for one in (function, lister) if one is not None}
        problems += combinations(
            file.file, options, functions, defined, lists_paths=is_listing and not file.param_names
        )
    if function is None or len(problems) > before:
        return None
    config = SegmentConfig.of({**options, "is_kept": True})
    endpoint = MadeMetadata(file, function, lister, image, config)
    has_params = any(segment.is_param for segment in endpoint.segments)
    is_static = endpoint.config.why_dynamic(has_params=has_params) is None
    served = StaticRoute(endpoint, endpoint.segments) if is_static else endpoint
    return LoadedMetadata(file, endpoint, served, content_hash(source))


def _misnamed(
    file: MetadataFile, module: ModuleType, defined: Mapping[str, int], lister: str | None
) -> Iterator[Problem]:
    yield from camel_cased(file.file, defined, (*_LISTERS, "generate_static_params"))
    for name, line in defined.items():
        if name in _LISTERS and name != lister and callable(getattr(module, name, None)):
            what = f"{name} is not possible here."
            yield Problem(f"{file.file}:{line}", what, f"Remove it; it belongs in {_LISTERS[name]}.")


def _check_image_options(
    file: MetadataFile, given: Mapping[str, Any], defined: Mapping[str, int], problems: list[Problem]
) -> ImageConfig:
    image: ImageConfig = {}
    for name, value in given.items():
        try:
            image |= check_image_config({name: value})
        except MetadataError as error:
            problems.append(Problem(f"{file.file}:{defined[name]}", error.what, error.cure))
    return image


def _compile(
    file: MetadataFile,
    name: str,
    module: ModuleType,
    defined: Mapping[str, int],
    props: Sequence[str],
    problems: list[Problem],
) -> PropsFunction | None:
    if not hasattr(module, name):
        problems.append(
            Problem(
                file.file,
                f"This file defines no function {name!r}, so there is nothing to serve.",
                f"Define `def {name}({', '.join(props)})`.",
            )
        )
        return None
    function = getattr(module, name)
    where = f"{file.file}:{defined[name]}" if name in defined else file.file
    try:
        return compile_function(name, file.file, function, props)
    except UnknownPropsError as error:
        what, cure = str(error), error.cure
        if "id" in error.names and (lister := _lister_of(file)) not in (None, name):
            what = f"{name} has the parameter 'id', but nothing lists ids."
            cure = f"Define {lister}, which lists them, or leave out the parameter."
        problems.append(Problem(where, what, cure))
    except HandlerError as error:
        problems.append(Problem(where, str(error), error.cure))
    return None


def _lister_of(file: MetadataFile) -> str | None:
    """The name of the function that may list the images, or sitemaps, of ``file``."""
    if file.convention.is_image:
        return "generate_image_metadata"
    return "generate_sitemaps" if file.kind == "sitemap" else None
