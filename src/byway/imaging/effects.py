"""Effects that the engine lacks, or draws in another way, made of what it has."""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

from byway.imaging.css import Style, split_outside
from byway.imaging.errors import ImageError, at
from byway.imaging.markup import Element

#: A node as the engine takes it.
Tree: TypeAlias = dict[str, Any]

_SIGNED_PIXELS: Final = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+))(?:px)?")
_PIXELS: Final = re.compile(r"(\d+\.?\d*|\.\d+)(?:px)?")
_CIRCLE: Final = re.compile(r"circle\(\s*(\d+\.?\d*|\.\d+)%")
_RADII: Final = ("borderTopLeftRadius", "borderTopRightRadius", "borderBottomRightRadius", "borderBottomLeftRadius")


def resolve_circle(style: Style) -> None:
    """Percentages of a ``circle()`` are of the box's diagonal; the engine takes them of each side."""
    clip = style.get("clipPath", "")
    match = _CIRCLE.match(clip)
    width, height = _PIXELS.fullmatch(style.get("width", "")), _PIXELS.fullmatch(style.get("height", ""))
    if match and width and height:
        radius = float(match[1]) / 100 * ((float(width[1]) ** 2 + float(height[1]) ** 2) / 2) ** 0.5
        style["clipPath"] = f"circle({radius:.3f}px{clip[match.end() :]}"


def inner_shadows(element: Element, style: Style) -> list[Tree]:
    """The inset shadows of ``style``, taken out of it, as boxes to be drawn first in it.

    The engine has none: each is a blurred frame around the box, of which only what falls into the box is seen.
    """
    value = style.get("boxShadow", "")
    if "inset" not in value:
        return []
    outer: list[str] = []
    boxes: list[Tree] = []
    for shadow in split_outside(value, ","):
        words = split_outside(shadow, " ")
        if "inset" not in words:
            outer.append(shadow)
            continue
        lengths = [float(match[1]) for word in words if (match := _SIGNED_PIXELS.fullmatch(word))]
        colors = [word for word in words if word != "inset" and not _SIGNED_PIXELS.fullmatch(word)]
        if not 2 <= len(lengths) <= 4 or len(colors) > 1:
            raise ImageError(
                f'Invalid value for CSS property "box-shadow" of <{element.tag}>{at(element.path)}: "{shadow}". '
                "Expected: inset, two to four lengths in px, and a color."
            )
        boxes.insert(0, _inner_shadow(lengths, colors[0] if colors else "currentColor", style))
    style["boxShadow"] = ", ".join(outer) or "none"
    return boxes


def _inner_shadow(lengths: list[float], color: str, style: Style) -> Tree:
    x, y, blur, spread = lengths + [0.0] * (4 - len(lengths))
    # Beyond the frame nothing may shine in, however far it is moved or blurred.
    thickness = 64 + 2 * blur + abs(x) + abs(y)
    radius: Style = {name: style[name] for name in ("borderRadius", *_RADII) if name in style}
    corner = radius.get("borderRadius", "0")
    frame: Style = {
        "display": "flex",
        "position": "absolute",
        "boxSizing": "border-box",
        "top": f"{y + spread - thickness}px",
        "right": f"{spread - x - thickness}px",
        "bottom": f"{spread - y - thickness}px",
        "left": f"{x + spread - thickness}px",
        "border": f"{thickness}px solid {color}",
        "borderRadius": f"{thickness + float(match[1])}px" if (match := _PIXELS.fullmatch(corner)) else corner,
        "filter": f"blur({blur / 2}px)",
    }
    clip: Style = {
        "display": "flex",
        "position": "absolute",
        "top": "0",
        "right": "0",
        "bottom": "0",
        "left": "0",
        "overflow": "hidden",
        **radius,
    }
    return {"type": "container", "style": clip, "children": [{"type": "container", "style": frame, "children": []}]}
