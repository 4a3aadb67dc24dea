"""`ImageResponse`: the answer that is an image, drawn when it is sent.

Implements ``ImageResponse`` of the Next.js documents.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from byway.http.headers import Headers, HeadersInit
from byway.http.response import Response
from byway.imaging.data_uris import decode_data_uri
from byway.imaging.engine import draw, in_thread
from byway.imaging.errors import ImageError
from byway.imaging.fonts import Families, Font, fonts_for
from byway.imaging.limits import MAX_PIXELS
from byway.imaging.markup import Node, parse
from byway.imaging.nodes import build
from byway.imaging.remote import load
from byway.imaging.sources import Picture, identify, is_remote, references
from byway.runtime.work import current


@runtime_checkable
class _Finished(Protocol):
    def __html__(self) -> str: ...


@runtime_checkable
class _Streaming(Protocol):
    def aiter_chunks(self) -> AsyncIterator[str]: ...


#: What an image is drawn from: HTML, or an object that renders itself as HTML.
Markup: TypeAlias = str | _Finished | _Streaming
#: The emoji that come with Byway, those of a font, or none.
Emoji: TypeAlias = Literal["twemoji"] | Font | None


class ImageResponse(Response):
    """A PNG drawn from ``element``: HTML as a ``str``, or an object with ``__html__`` or ``aiter_chunks()`` (an element
    of htpy), styled with inline CSS.

    ``width``, ``height``: pixels. ``fonts``: `Font` objects, asked for each glyph in their order, before those that
    come with Byway. ``emoji``: "twemoji", a `Font` with emoji of its own, or None for none. ``debug``: outline each
    box. ``headers`` go before the defaults: ``content-type: image/png``, and a ``cache-control`` by which browsers ask
    again each time (in development: which forbids keeping it).

    The image is drawn in a thread when the answer is sent or read, before its status goes out. What is wrong with
    ``element`` raises `ImageError` then; ``ImageError`` is raised at once for a size or a font that is none.
    """

    __slots__ = ()

    def __init__(
        self,
        element: Markup,
        *,
        width: int = 1200,
        height: int = 630,
        fonts: Sequence[Font] = (),
        emoji: Emoji = "twemoji",
        debug: bool = False,
        status: int = 200,
        headers: HeadersInit = None,
    ) -> None:
        if not isinstance(element, (str, _Finished, _Streaming)) or isinstance(element, type):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"ImageResponse({type(element).__name__}): give markup (an object with __html__ or aiter_chunks(), "
                "such as an element of htpy), or a str of HTML."
            )
        _check_size(width, height)
        for font in fonts:
            if not isinstance(font, Font):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(
                    f"ImageResponse(fonts=…) holds {type(font).__name__}: give byway.og.Font(name, data, …)."
                )
        if emoji is not None and emoji != "twemoji" and not isinstance(emoji, Font):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ImageError(
                f'ImageResponse(emoji={emoji!r}): "twemoji" comes with Byway. For other emoji give their colour font, '
                "byway.og.Font(name, data), or None for none."
            )
        image = render(element, width, height, tuple(fonts), emoji, debug=debug)
        super().__init__(image, status=status, headers=_with_defaults(headers))


async def render(
    element: Markup, width: int, height: int, fonts: tuple[Font, ...], emoji: Emoji, *, debug: bool
) -> AsyncIterator[bytes]:
    """The image itself, in one piece; the arguments are those of `ImageResponse`. Raises `ImageError`."""
    nodes, paths = await in_thread(_read, await _html(element))
    remote = await load(source for source in paths if is_remote(source))
    yield await in_thread(_draw, nodes, paths, remote, width, height, fonts, emoji, debug=debug)


def _read(html: str) -> tuple[list[Node], dict[str, str]]:
    """``html`` as elements and texts, and where each picture stands that they name."""
    nodes = parse(html)
    return nodes, {reference.source: reference.path for reference in references(nodes)}


def _draw(
    nodes: list[Node],
    paths: dict[str, str],
    remote: dict[str, bytes | None],
    width: int,
    height: int,
    fonts: tuple[Font, ...],
    emoji: Emoji,
    *,
    debug: bool,
) -> bytes:
    pictures: dict[str, Picture | None] = {}
    for source, path in paths.items():
        data = remote[source] if source in remote else decode_data_uri(source, path)
        pictures[source] = None if data is None else identify(data, path)
    drawing = build(nodes, pictures, width=width, height=height, families=Families(fonts))
    return draw(drawing, fonts_for(drawing.text, fonts, emoji), width=width, height=height, debug=debug)


async def _html(element: Markup) -> str:
    if isinstance(element, str) and not hasattr(element, "__html__"):
        return element
    if isinstance(element, _Streaming):
        return "".join([str(chunk) async for chunk in element.aiter_chunks()])
    assert isinstance(element, _Finished)
    return str(element.__html__())


def _check_size(width: int, height: int) -> None:
    for name, value in (("width", width), ("height", height)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ImageError(f"ImageResponse({name}={value!r}): a whole number of pixels above 0 is expected.")
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"ImageResponse(width={width}, height={height}): more than {MAX_PIXELS:,} pixels. Draw a smaller image."
        )


def _with_defaults(headers: HeadersInit) -> Headers:
    merged = Headers(headers)
    if not merged.has("content-type"):
        merged.set("content-type", "image/png")
    if not merged.has("cache-control"):
        work = current.get(None)
        is_development = work is not None and work.app.is_development
        merged.set("cache-control", "no-cache, no-store" if is_development else "public, max-age=0, must-revalidate")
    return merged
