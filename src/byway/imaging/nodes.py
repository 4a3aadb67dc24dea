"""From elements to the tree that the engine draws.

The engine lays out as CSS has it. What an image's markup may count on besides is made up for here:

- Every element is a flex container, as if it had ``display: flex``; boxes do not shrink, have no automatic least size,
  and are as large as ``width`` and ``height`` say, border and padding included.
- HTML's own styles of elements such as ``<h1>`` and ``<b>``.
- An element with ``display: contents`` gives its place to its children.
- ``baseline`` aligns the bottoms of boxes.
- A text is an item of its own beside its siblings. It begins on a whole pixel, its position rounded down; the engine
  rounds to the nearest one, hence the nudge of just under half a pixel.
- What the engine applies to a text only when the text itself has it, such as ``text-decoration``, is handed down.
- Inner shadows, circles as clip paths, and sizes of pictures that say only one of width and height.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final

from byway.imaging.css import Style, declare, replace_urls, urls
from byway.imaging.effects import Tree, inner_shadows, resolve_circle
from byway.imaging.errors import ImageError, at
from byway.imaging.markup import Element, Node
from byway.imaging.sources import STYLES_WITH_URLS, Picture

_BOX: Final[Style] = {
    "display": "flex",
    "position": "relative",
    "flexShrink": "0",
    "alignContent": "flex-start",
    "minWidth": "0",
    "minHeight": "0",
    "boxSizing": "border-box",
}
_TEXT: Final[Style] = {"position": "relative", "left": "-0.49px", "top": "-0.49px", "minWidth": "0"}
# The metrics of lines are those without kerning; `font-kerning: normal` turns it on.
_ROOT: Final[Style] = {
    "display": "flex",
    "fontSize": "16px",
    "color": "black",
    "fontKerning": "none",
    "fontSynthesis": "none",
}

_BOLD: Final[Style] = {"fontWeight": "bold"}
_ITALIC: Final[Style] = {"fontStyle": "italic"}
_UNDERLINE: Final[Style] = {"textDecoration": "underline"}
_STRUCK: Final[Style] = {"textDecoration": "line-through"}


def _spaced(block: str, inline: str = "0") -> Style:
    return {"marginTop": block, "marginBottom": block, "marginLeft": inline, "marginRight": inline}


def _heading(size: str, margin: str) -> Style:
    return {**_BOLD, "fontSize": size, "marginTop": margin, "marginBottom": margin}


_TAGS: Final[Mapping[str, Style]] = {
    "p": {"marginTop": "1em", "marginBottom": "1em"},
    "h1": _heading("2em", "0.67em"),
    "h2": _heading("1.5em", "0.83em"),
    "h3": _heading("1.17em", "1em"),
    "h4": _heading("1em", "1.33em"),
    "h5": _heading("0.83em", "1.67em"),
    "h6": _heading("0.67em", "2.33em"),
    "blockquote": _spaced("1em", "40px"),
    "figure": _spaced("1em", "40px"),
    "center": {"textAlign": "center"},
    "hr": {"marginTop": "0.5em", "marginBottom": "0.5em", "borderTop": "1px solid"},
    "pre": {"whiteSpace": "pre", "marginTop": "1em", "marginBottom": "1em"},
    "mark": {"backgroundColor": "yellow", "color": "black"},
    "big": {"fontSize": "larger"},
    "small": {"fontSize": "smaller"},
    **dict.fromkeys(("b", "strong"), _BOLD),
    **dict.fromkeys(("i", "em", "cite", "dfn", "var", "address"), _ITALIC),
    **dict.fromkeys(("u", "ins"), _UNDERLINE),
    **dict.fromkeys(("s", "strike", "del"), _STRUCK),
}

# The engine draws these for the texts that have them themselves.
_HANDED_DOWN: Final = (
    "textDecoration",
    "textDecorationLine",
    "textDecorationColor",
    "textDecorationThickness",
    "textUnderlineOffset",
)
_INHERITED: Final = frozenset(
    {
        "color",
        "direction",
        "fontFamily",
        "fontFeatureSettings",
        "fontKerning",
        "fontSize",
        "fontStretch",
        "fontStyle",
        "fontVariationSettings",
        "fontWeight",
        "letterSpacing",
        "lineHeight",
        "overflowWrap",
        "tabSize",
        "textAlign",
        "textIndent",
        "textShadow",
        "textTransform",
        "textWrap",
        "visibility",
        "whiteSpace",
        "wordBreak",
        "wordSpacing",
        "WebkitTextFillColor",
        "WebkitTextStroke",
        "WebkitTextStrokeColor",
        "WebkitTextStrokeWidth",
    }
)
_LINE_STYLES: Final = re.compile(r"\b(?:dotted|dashed|double|wavy)\b")
_SPACES: Final = re.compile(r"[ \t\n\r\f]+")
_AROUND_BREAK: Final = re.compile(r" *\n *")
_SIZE: Final = re.compile(r"(\d+\.?\d*|\.\d+)(px|%)?")


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What an element has from those around it; ``passed`` is what it inherits of a parent that is not drawn."""

    color: str
    white_space: str
    decoration: Style
    passed: Style


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the engine is given: the tree, and the pictures that it names; all its texts.

    For messages: the elements, and where each picture stands.
    """

    tree: Tree
    pictures: dict[str, bytes]
    text: str
    elements: Sequence[Element]
    paths: Mapping[str, str]


def build(nodes: Sequence[Node], pictures: Mapping[str, Picture | None], *, width: int, height: int) -> Drawing:
    """``nodes`` as an image of ``width`` by ``height`` pixels.

    ``pictures`` has each that `sources.references` finds; None for one that could not be loaded: nothing is drawn for
    it. Raises `ImageError` for what cannot be drawn.
    """
    builder = _Builder(pictures)
    inherited = _Inherited("black", "normal", {}, {})
    tree = {
        "type": "container",
        "style": {**_ROOT, "width": f"{width}px", "height": f"{height}px"},
        "children": builder.children(_contents(nodes, "normal"), inherited, {}),
    }
    return Drawing(tree, builder.used, "".join(builder.texts), builder.elements, builder.paths)


class _Builder:
    def __init__(self, pictures: Mapping[str, Picture | None]) -> None:
        self._pictures = pictures
        self._names: dict[str, str] = {}
        self.used: dict[str, bytes] = {}
        self.texts: list[str] = []
        self.elements: list[Element] = []
        self.paths: dict[str, str] = {}

    def children(self, nodes: Sequence[Node], inherited: _Inherited, text_style: Style) -> list[Tree]:
        """``nodes`` as items of one container; texts get ``text_style``."""
        items: list[Tree] = []
        for node in nodes:
            if isinstance(node, str):
                items.append(self._text(node, inherited, {**inherited.passed, **_TEXT, **text_style}))
            elif node.style.get("display") == "contents":
                # The engine does not know it: the children take the place of their parent, with what they inherit.
                inner, own_text = _hand_down(dict(node.style), inherited)
                passed = {name: value for name, value in node.style.items() if name in _INHERITED}
                inner = replace(inner, passed={**inherited.passed, **passed})
                items += self.children(_contents(node.children, inner.white_space), inner, own_text)
            else:
                items.append(self._element(node, inherited))
        return items

    def _text(self, text: str, inherited: _Inherited, style: Style) -> Tree:
        self.texts.append(text)
        style = {**inherited.decoration, **style}
        if "\n" in text and not inherited.white_space.startswith(("pre", "break")):
            # Only <br> leaves one in a text whose white space collapses.
            style["whiteSpace"] = "pre" if inherited.white_space == "nowrap" else "pre-line"
        return {"type": "text", "text": text, "style": style}

    def _element(self, element: Element, inherited: _Inherited) -> Tree:
        self.elements.append(element)
        style = {**_BOX, **inherited.passed, **_TAGS.get(element.tag, {})}
        for name, value in element.style.items():
            declare(style, name, value)
        if element.attributes.get("dir") in ("ltr", "rtl"):
            style.setdefault("direction", element.attributes["dir"])
        if style["display"] in ("block", "-webkit-box"):
            style["display"] = "flex"
        for name in ("alignItems", "alignSelf"):
            if style.get(name) == "baseline":
                style[name] = "flex-end"
        inherited, own_text = _hand_down(style, inherited)
        self._name_pictures(element, style)
        if any("url(" in style.get(name, "") for name in ("background", "backgroundImage")):
            # The engine lets tiles run over the edge of a box with square corners.
            style.setdefault("borderRadius", "0.01px")
        resolve_circle(style)
        if element.tag == "img":
            return self._image(element, style)
        if element.svg is not None:
            return self._svg(element, style, inherited)
        contents = _contents(element.children, inherited.white_space)
        _check_display(element, contents)
        if contents and style.get("backgroundClip") == "text" and all(isinstance(child, str) for child in contents):
            # The engine clips a background to the text of the very element that has it.
            return {**self._text("".join(map(str, contents)), inherited, {**style, **own_text})}
        shadows = inner_shadows(element, style)
        node: Tree = {
            "type": "container",
            "tag_name": element.tag,
            "style": style,
            "children": shadows + self.children(contents, inherited, own_text),
        }
        if language := element.attributes.get("lang"):
            node["lang"] = language
        return node

    def _image(self, element: Element, style: Style) -> Tree:
        source = element.attributes["src"].strip()
        picture = self._pictures[source]
        for name in ("width", "height"):
            _take_size(element, style, name)
        has_width, has_height = style.get("width", "auto") != "auto", style.get("height", "auto") != "auto"
        if picture is None:
            if not (has_width and has_height):
                raise ImageError(
                    "Image size cannot be determined. Please provide the width and height of the image: "
                    f"{source[:200]}{at(element.path)}"
                )
            return {"type": "container", "style": style, "children": []}
        if not (has_width and has_height):
            if not picture.width or not picture.height:
                raise ImageError(
                    "Image size cannot be determined. Please provide the width and height of the image"
                    f"{at(element.path)}."
                )
            style.setdefault("aspectRatio", f"{picture.width:g} / {picture.height:g}")
            if not has_width and not has_height:
                style["width"] = "100%"
        return {"type": "image", "src": self._name(source, picture, element), "style": style}

    def _svg(self, element: Element, style: Style, inherited: _Inherited) -> Tree:
        for name in ("width", "height"):
            _take_size(element, style, name)
        assert element.svg is not None
        source = element.svg
        if "currentcolor" in source.lower():
            source = source.replace("<svg", f'<svg color="{escape(inherited.color)}"', 1)
        name = f"svg:{len(self.used)}"
        self.used[name] = source.encode()
        self.paths[name] = element.path
        return {"type": "image", "src": name, "style": style}

    def _name_pictures(self, element: Element, style: Style) -> None:
        for property_name in STYLES_WITH_URLS:
            value = style.get(property_name)
            if value is None or "url(" not in value:
                continue
            names = {
                source: self._name(source, picture, element)
                for source in urls(value)
                if (picture := self._pictures[source]) is not None
            }
            style[property_name] = replace_urls(value, names)

    def _name(self, source: str, picture: Picture, element: Element) -> str:
        """A short name for ``source``, by which the engine finds its bytes."""
        name = self._names.get(source)
        if name is None:
            name = self._names[source] = f"picture:{len(self._names)}"
            self.used[name] = picture.data
            self.paths[name] = element.path
        return name


def _contents(nodes: Sequence[Node], white_space: str) -> list[Node]:
    """``nodes`` as they are laid out: texts side by side in one, white space collapsed, nothing that is empty."""
    preserved = white_space.startswith(("pre", "break"))
    joined: list[Node] = []
    for node in nodes:
        if isinstance(node, str):
            piece = node if preserved else _SPACES.sub(" ", node)
        elif node.tag == "br":
            piece = "\n"
        elif node.tag == "wbr":
            piece = "\u200b"
        else:
            joined.append(node)
            continue
        if joined and isinstance(last := joined[-1], str):
            joined[-1] = last + piece
        else:
            joined.append(piece)
    contents: list[Node] = []
    for node in joined:
        if isinstance(node, str) and not preserved:
            node = _AROUND_BREAK.sub("\n", _SPACES_ONLY.sub(" ", node)).strip(" ")
        if node:
            contents.append(node)
    return contents


_SPACES_ONLY: Final = re.compile(r" {2,}")


def _check_display(element: Element, contents: Sequence[Node]) -> None:
    if element.tag != "div" or not contents or (len(contents) == 1 and isinstance(contents[0], str)):
        return
    if element.style.get("display") not in ("flex", "contents", "none"):
        raise ImageError(
            'Expected <div> to have explicit "display: flex", "display: contents", or "display: none" if it has more '
            f"than one child node{at(element.path)}."
        )


def _hand_down(style: Style, inherited: _Inherited) -> tuple[_Inherited, Style]:
    """Take out of ``style`` what its texts are to have: for all within, and for those that are its own."""
    decoration: Style = {name: _LINE_STYLES.sub("", style.pop(name)).strip() for name in _HANDED_DOWN if name in style}
    # The engine draws solid lines only.
    style.pop("textDecorationStyle", None)
    if "textDecoration" in decoration or "textDecorationLine" in decoration:
        kept = decoration
    else:
        kept = {**inherited.decoration, **decoration}
    color = style.get("color", "inherit")
    white_space = style.get("whiteSpace", "inherit")
    inherited = replace(
        inherited,
        color=inherited.color if color in ("inherit", "unset", "currentColor", "currentcolor") else color,
        white_space=inherited.white_space if white_space in ("inherit", "unset") else white_space,
        decoration=kept,
        passed={},
    )
    text: Style = {}
    clamp = style.pop("WebkitLineClamp", None) or style.pop("lineClamp", None)
    style.pop("lineClamp", None)
    style.pop("WebkitBoxOrient", None)
    overflow = style.pop("textOverflow", None)
    if clamp not in (None, "none", "0"):
        text = {"lineClamp": clamp, "overflow": "hidden", "textOverflow": "ellipsis"}
    elif overflow not in (None, "clip") and "hidden" in (style.get("overflow"), style.get("overflowX")):
        text = {"overflow": "hidden", "textOverflow": overflow}
    return inherited, text


def _take_size(element: Element, style: Style, name: str) -> None:
    """The attribute ``width`` or ``height`` as a style, unless there is one."""
    value = element.attributes.get(name, "").strip()
    if name in style or not value or value == "auto":
        return
    match = _SIZE.fullmatch(value)
    if match is None:
        raise ImageError(f'<{element.tag} {name}="{value[:40]}"> is no number of pixels{at(element.path)}.')
    style[name] = match[1] + (match[2] or "px")
