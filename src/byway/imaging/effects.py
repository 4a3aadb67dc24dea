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
_PLACED: Final[Style] = {"display": "flex", "position": "absolute"}
_COVERING: Final[Style] = {"top": "0", "right": "0", "bottom": "0", "left": "0"}
_RADII: Final = ("borderTopLeftRadius", "borderTopRightRadius", "borderBottomRightRadius", "borderBottomLeftRadius")


def resolve_circle(style: Style) -> None:
    """Percentages of a ``circle()`` are of the box's diagonal; the engine takes them of each side."""
    clip = style.get("clipPath", "")
    match = _CIRCLE.match(clip)
    width, height = _PIXELS.fullmatch(style.get("width", "")), _PIXELS.fullmatch(style.get("height", ""))
    if match and width and height:
        radius = float(match[1]) / 100 * ((float(width[1]) ** 2 + float(height[1]) ** 2) / 2) ** 0.5
        style["clipPath"] = f"circle({radius:.3f}px{clip[match.end() :]}"


def covered(style: Style, picture: str) -> Style:
    """The ``style`` of an SVG that covers its box: as a background, for the engine would stretch an image."""
    kept = {name: value for name, value in style.items() if name not in ("objectFit", "objectPosition")}
    return {
        **kept,
        "backgroundImage": f'url("{picture}")',
        "backgroundSize": "cover",
        "backgroundPosition": style.get("objectPosition", "center"),
        "backgroundRepeat": "no-repeat",
        "backgroundOrigin": "content-box",
        "backgroundClip": "content-box",
    }


def inner_shadows(element: Element, style: Style) -> list[Tree]:
    """The inset shadows of ``style``, taken out of it, as boxes to be drawn first in it.

    The engine has none: each is cast by a frame around the box, of which only what falls into the box is seen.
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
    # Where the inner edges of the frame lie, measured from the box's sides.
    edges = {"top": y + spread, "right": spread - x, "bottom": spread - y, "left": x + spread}
    clip: Style = {**_PLACED, **_COVERING, "overflow": "hidden", **radius}
    parts = _bars(edges, thickness, blur, color) if blur else [_frame(edges, thickness, color, radius)]
    children: list[Tree] = [{"type": "container", "style": {**_PLACED, **part}, "children": []} for part in parts]
    return {"type": "container", "style": clip, "children": children}


def _frame(edges: dict[str, float], thickness: float, color: str, radius: Style) -> Style:
    corner = radius.get("borderRadius", "0")
    return {
        "boxSizing": "border-box",
        **{side: f"{edge - thickness}px" for side, edge in edges.items()},
        "border": f"{thickness}px solid {color}",
        "borderRadius": f"{thickness + float(match[1])}px" if (match := _PIXELS.fullmatch(corner)) else corner,
    }


def _bars(edges: dict[str, float], thickness: float, blur: float, color: str) -> list[Style]:
    """The frame in four parts, with shadows of their own: the engine cuts a box that it blurs before it does so.

    Where two shadows meet they are as dark as that of a frame, but for the curve of round corners.
    """
    bars: list[Style] = []
    for side, edge in edges.items():
        across = ("left", "right") if side in ("top", "bottom") else ("top", "bottom")
        bars.append(
            {
                "height" if side in ("top", "bottom") else "width": f"{thickness}px",
                side: f"{edge - thickness}px",
                **dict.fromkeys(across, f"{-thickness}px"),
                "backgroundColor": color,
                "boxShadow": f"0 0 {blur}px {color}",
            }
        )
    return bars
