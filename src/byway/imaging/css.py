"""The inline CSS of elements: which properties there are, and what is refused.

`parse_style` splits a ``style`` attribute into declarations and checks their names, and the values of those properties
of which only some keywords can be drawn. All other values are checked by the engine, when it reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final, TypeAlias

from byway.imaging.errors import ImageError, at

#: Values by the engine's names of properties (``backgroundColor``).
Style: TypeAlias = dict[str, str]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SIDES: Final = ("top", "right", "bottom", "left")

PROPERTIES: Final = _names(
    """
    align-content align-items align-self aspect-ratio backdrop-filter background background-blend-mode background-clip
    background-color background-image background-origin background-position background-repeat background-size border
    border-color border-radius border-style border-width bottom box-shadow box-sizing clip-path color column-gap
    direction display filter flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap font-family
    font-feature-settings font-kerning font-size font-stretch font-style font-variant-caps font-variant-ligatures
    font-variant-numeric font-variation-settings font-weight gap height image-rendering inset isolation justify-content
    left letter-spacing line-clamp line-height margin mask mask-image mask-position mask-repeat mask-size max-height
    max-width min-height min-width mix-blend-mode object-fit object-position opacity order outline outline-color
    outline-offset outline-style outline-width overflow overflow-wrap overflow-x overflow-y padding position right
    rotate row-gap scale tab-size text-align text-decoration text-decoration-color text-decoration-line
    text-decoration-style text-decoration-thickness text-indent text-overflow text-shadow text-transform
    text-underline-offset text-wrap top transform transform-origin translate visibility white-space width word-break
    word-spacing z-index -webkit-background-clip -webkit-box-orient -webkit-line-clamp -webkit-mask-image
    -webkit-text-fill-color -webkit-text-stroke -webkit-text-stroke-color -webkit-text-stroke-width
    """
) | {
    *(f"{name}-{side}" for name in ("margin", "padding", "border") for side in _SIDES),
    *(f"border-{side}-{what}" for side in _SIDES for what in ("color", "style", "width")),
    *(f"border-{row}-{column}-radius" for row in ("top", "bottom") for column in ("left", "right")),
}

_SHORTHANDS: Final = {
    "background": "background-clip background-color background-image background-origin background-position "
    "background-repeat background-size",
    "border": " ".join(
        [
            "border-color border-style border-width",
            *(f"border-{side}" for side in _SIDES),
            *(f"border-{side}-{what}" for side in _SIDES for what in ("color", "style", "width")),
        ]
    ),
    **{f"border-{what}": " ".join(f"border-{side}-{what}" for side in _SIDES) for what in ("color", "style", "width")},
    **{f"border-{side}": f"border-{side}-color border-{side}-style border-{side}-width" for side in _SIDES},
    "border-radius": "border-top-left-radius border-top-right-radius border-bottom-right-radius "
    "border-bottom-left-radius",
    "flex": "flex-basis flex-grow flex-shrink",
    "flex-flow": "flex-direction flex-wrap",
    "gap": "column-gap row-gap",
    "inset": " ".join(_SIDES),
    "margin": " ".join(f"margin-{side}" for side in _SIDES),
    "mask": "mask-image mask-position mask-repeat mask-size",
    "outline": "outline-color outline-style outline-width",
    "overflow": "overflow-x overflow-y",
    "padding": " ".join(f"padding-{side}" for side in _SIDES),
    "text-decoration": "text-decoration-color text-decoration-line text-decoration-style text-decoration-thickness",
    "-webkit-text-stroke": "-webkit-text-stroke-color -webkit-text-stroke-width",
}

# Properties that go by a second name.
_ALIASES: Final = {"word-wrap": "overflow-wrap"}

# Keywords that are drawn; an image has no grid, nothing that scrolls and no third dimension.
_KEYWORDS: Final = {
    "display": ("flex", "block", "contents", "none", "-webkit-box"),
    "position": ("absolute", "relative", "static"),
    "flex-direction": ("row", "column", "row-reverse", "column-reverse"),
    "flex-wrap": ("nowrap", "wrap", "wrap-reverse"),
    "justify-content": ("center", "flex-start", "flex-end", "space-between", "space-around"),
    "align-items": ("center", "flex-start", "flex-end", "stretch", "baseline"),
    "overflow": ("visible", "hidden"),
    "box-sizing": ("border-box", "content-box"),
}
_KEYWORDS_FOR_ALL: Final = frozenset({"inherit", "initial", "unset"})

#: What styles the shapes of an ``<svg>`` rather than its box.
_SVG_PROPERTIES: Final = _names(
    """
    clip-rule fill fill-opacity fill-rule paint-order stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset
    stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width
    """
)

_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SPECIAL: Final = re.compile(r"""[;"'()\\]""")
_HYPHEN: Final = re.compile(r"-([a-z])")


def _upper(match: re.Match[str]) -> str:
    return match[1].upper()


_CUSTOM_PROPERTY: Final = re.compile(r"--[\w-]+")
_LONGHANDS: Final = {
    _HYPHEN.sub(_upper, shorthand): [_HYPHEN.sub(_upper, name) for name in names.split()]
    for shorthand, names in _SHORTHANDS.items()
}
_URL: Final = re.compile(r"""url\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^)]*?))\s*\)""", re.IGNORECASE)


def parse_style(text: str, tag: str, path: str) -> Style:
    """The declarations of the ``style`` attribute of ``<tag>``, the last of each property.

    Raises `ImageError`, naming property and element, for a property or keyword that cannot be drawn.
    """
    style: Style = {}
    for name, value in _declarations(text, tag, path):
        if name in _SVG_PROPERTIES and tag == "svg":
            continue
        if name not in PROPERTIES and not _CUSTOM_PROPERTY.fullmatch(name):
            close = get_close_matches(name, PROPERTIES, 1)
            cure = f'Did you mean "{close[0]}"?' if close else "Leave it out."
            raise ImageError(f'The CSS property "{name}" of <{tag}> is not supported{at(path)}. {cure}')
        allowed = _KEYWORDS.get(name)
        if allowed is not None and value not in allowed and value not in _KEYWORDS_FOR_ALL and "var(" not in value:
            listed = " | ".join(f'"{keyword}"' for keyword in allowed)
            raise ImageError(
                f'Invalid value for CSS property "{name}" of <{tag}>{at(path)}. Allowed values: {listed}. '
                f'Received: "{value}".'
            )
        declare(style, engine_name(name), value)
    return style


def declare(style: Style, name: str, value: str) -> None:
    """Set a property, which undoes those that it is a shorthand for: the engine would let them win."""
    for longhand in _LONGHANDS.get(name, ()):
        style.pop(longhand, None)
    style[name] = value


def svg_style(text: str) -> str:
    """Of the ``style`` attribute of an ``<svg>``: the declarations for its shapes."""
    return ";".join(f"{name}:{value}" for name, value in _declarations(text, "svg", "") if name in _SVG_PROPERTIES)


def engine_name(name: str) -> str:
    """``background-color`` as ``backgroundColor``, ``-webkit-text-stroke`` as ``WebkitTextStroke``."""
    return name if name.startswith("--") else _HYPHEN.sub(_upper, name)


def css_name(name: str) -> str:
    """The reverse of `engine_name`."""
    return name if name.startswith("--") else re.sub(r"[A-Z]", lambda match: f"-{match[0].lower()}", name)


def urls(value: str) -> list[str]:
    """What the ``url(…)`` in ``value`` refer to."""
    return [_referred(match) for match in _URL.finditer(value)]


def replace_urls(value: str, names: dict[str, str]) -> str:
    """``value`` with the references of its ``url(…)`` renamed as ``names`` says."""
    return _URL.sub(lambda match: f'url("{names.get(_referred(match), "")}")', value)


def _referred(match: re.Match[str]) -> str:
    return next((group for group in match.groups() if group is not None), "").strip()


def split_outside(value: str, separator: str) -> list[str]:
    """``value`` at each ``separator`` (a comma, a space) that is not within parentheses."""
    parts, depth, start = [""], 0, 0
    for position, character in enumerate(value):
        depth += (character == "(") - (character == ")")
        if character == separator and depth == 0:
            parts[-1] = value[start:position]
            parts.append("")
            start = position + 1
    parts[-1] = value[start:]
    return [part.strip() for part in parts if part.strip()]


def _declarations(text: str, tag: str, path: str) -> Iterator[tuple[str, str]]:
    for declaration in _split(_COMMENT.sub(" ", text) if "/*" in text else text):
        name, colon, value = declaration.partition(":")
        name, value = name.strip(), value.strip()
        if not name and not colon:
            continue
        if not name or not value:
            raise ImageError(
                f"The style of <{tag}> has a declaration without name or value: {declaration.strip()!r}"
                f"{at(path)}. Write name: value;"
            )
        if not name.startswith("--"):
            name = name.lower()
        yield _ALIASES.get(name, name), value


def _split(text: str) -> Iterator[str]:
    """The parts of ``text`` between semicolons that stand outside of quotes and parentheses."""
    start = depth = 0
    quote = ""
    escaped = -1
    for match in _SPECIAL.finditer(text):
        character, position = match[0], match.start()
        if position == escaped:
            continue
        if character == "\\":
            escaped = position + 1
        elif quote:
            if character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        elif depth == 0:
            yield text[start:position]
            start = position + 1
    yield text[start:]
