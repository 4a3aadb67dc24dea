"""The trees of the reference cards as HTML."""

from __future__ import annotations

import re
from html import escape
from typing import Any, Final

_UNITLESS: Final = frozenset(
    {
        "flex",
        "flexGrow",
        "flexShrink",
        "fontWeight",
        "lineClamp",
        "lineHeight",
        "opacity",
        "order",
        "WebkitLineClamp",
        "zIndex",
    }
)
_VOID: Final = frozenset({"img", "br", "hr"})
# JSX names of SVG attributes.
_ATTRIBUTES: Final = {"strokeWidth": "stroke-width", "stopColor": "stop-color"}


def to_html(node: Any) -> str:
    """A node of a card (a text, a list, or ``{"type", "props"}``) as HTML."""
    if node is None or isinstance(node, bool):
        return ""
    if isinstance(node, list):
        return "".join(map(to_html, node))
    if not isinstance(node, dict):
        return escape(str(node))
    props = dict(node["props"])
    children = to_html(props.pop("children", None))
    style = props.pop("style", None)
    if style:
        props["style"] = ";".join(f"{_kebab(name)}:{_value(name, value)}" for name, value in style.items())
    attributes = "".join(f' {_ATTRIBUTES.get(name, name)}="{escape(str(value))}"' for name, value in props.items())
    tag = node["type"]
    return f"<{tag}{attributes}>" if tag in _VOID else f"<{tag}{attributes}>{children}</{tag}>"


def _kebab(name: str) -> str:
    return name if name.startswith("--") else re.sub(r"[A-Z]", lambda match: f"-{match[0].lower()}", name)


def _value(name: str, value: object) -> str:
    is_length = isinstance(value, (int, float)) and name not in _UNITLESS
    return f"{value}px" if is_length else str(value)
