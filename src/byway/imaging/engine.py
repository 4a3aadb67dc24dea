"""The layout engine, Takumi, behind one function; nothing else in Byway knows it."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Final, ParamSpec, TypeVar

try:
    import pytakumi

    from byway.imaging.png import encode
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        'byway.og draws images with a library that is not installed. Install it: pip install "byway[og]"',
        name=error.name,
    ) from error

from byway.imaging.css import css_name
from byway.imaging.effects import Tree
from byway.imaging.errors import ImageError, at
from byway.imaging.fonts import Font
from byway.imaging.nodes import Drawing

_P = ParamSpec("_P")
_T = TypeVar("_T")

# Bytes of decoded pictures that are kept for the next image with the same fonts.
_PICTURE_CACHE: Final = 16 * 1024 * 1024
# Sets of fonts that are kept ready.
_FONT_SETS: Final = 8

_INVALID_VALUE: Final = re.compile(r"invalid value for (\w+)")
_EXPECTED: Final = re.compile(r", expected (?:a value of )?(.*?); also")

# Drawing is pure computation: more threads than processors would only share them. The threads are made after the
# engine was imported, which sees to it that their stacks are large enough.
_threads: Final = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="image")


async def in_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call ``function`` in a thread in which the engine can be used."""
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(function, *args, **kwargs))


def draw(drawing: Drawing, fonts: tuple[Font, ...], *, width: int, height: int, debug: bool) -> bytes:
    """``drawing`` as a PNG of ``width`` by ``height`` pixels.

    ``debug`` draws the outline of each box. Raises `ImageError` when the engine refuses a style, picture or font.
    """
    renderer = _renderer(fonts)
    try:
        pixels = renderer.render(
            drawing.tree,
            width=width,
            height=height,
            images=drawing.pictures,
            font_families=list(dict.fromkeys(font.name for font in fonts)),
            draw_debug_border=debug,
            format="raw",
        )
    except (ValueError, RuntimeError) as error:
        raise _refused(str(error), drawing) from error
    return encode(pixels, width, height)


@lru_cache(_FONT_SETS)
def _renderer(fonts: tuple[Font, ...]) -> pytakumi.Renderer:
    renderer = pytakumi.Renderer(cache_max_bytes=_PICTURE_CACHE)
    for font in fonts:
        try:
            known = renderer.register_font(font.data, name=font.name, weight=font.weight, style=font.style)
        except (ValueError, RuntimeError) as error:
            raise ImageError(f"Font({font.name!r}) cannot be read: {error}") from error
        if not known:
            raise ImageError(f"Font({font.name!r}) cannot be read: its data holds no font.")
    return renderer


def _refused(message: str, drawing: Drawing) -> ImageError:
    """The engine's ``message`` as one that names the element that it is about."""
    if match := _INVALID_VALUE.match(message):
        property_name = match[1]
        for element in drawing.elements:
            value = element.style.get(property_name)
            if value is None or (reason := _reason({"style": {property_name: value}})) is None:
                continue
            expected = _EXPECTED.search(reason)
            cure = f" Expected: {expected[1]}." if expected else ""
            return ImageError(
                f'Invalid value for CSS property "{css_name(property_name)}" of <{element.tag}>{at(element.path)}: '
                f'"{value}".{cure}'
            )
    for name, data in drawing.pictures.items():
        if reason := _reason({"type": "image", "src": name}, {name: data}):
            return ImageError(f"A picture cannot be read{at(drawing.paths[name])}: {reason}")
    return ImageError(f"The image cannot be drawn: {message}")


def _reason(node: Tree, pictures: Mapping[str, bytes] | None = None) -> str | None:
    """Why the engine refuses ``node``; None when it does not."""
    try:
        pytakumi.Renderer().render({"type": "container", "children": [], **node}, width=1, height=1, images=pictures)
    except (ValueError, RuntimeError) as error:
        return str(error)
    return None
