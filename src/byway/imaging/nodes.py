"""From elements to the tree that the engine draws.

The engine lays out as CSS has it. What an image's markup may count on besides is made up for here:

- Every element is a flex container, as if it had ``display: flex``; boxes do not shrink, have no automatic least size,
  and are as large as ``width`` and ``height`` say, border and padding included.
- HTML's own styles of elements such as ``<h1>`` and ``<b>``.
- An element with ``display: contents`` gives its place to its children.
- ``baseline`` aligns the bottoms of boxes.
- A text is an item of its own beside its siblings. Its lines stand on whole pixels, see `lines`; where it is centred,
  it begins on the whole pixel before its place, while the engine takes the nearest.
- A box that holds a text shrinks; no box is wider than its parent because of what it holds.
- What the engine applies to a text only when the text itself has it, such as ``text-decoration``, is handed down.
- Inner shadows, circles as clip paths, and sizes of pictures that say only one of width and height.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final

from byway.imaging.css import Style, declare, replace_urls, split_outside, urls
from byway.imaging.effects import Tree, covered, inner_shadows, resolve_circle
from byway.imaging.errors import ImageError, at
from byway.imaging.fonts import Families
from byway.imaging.markup import Element, Node
from byway.imaging.sources import STYLES_WITH_URLS, Picture
from byway.imaging.svg import svg_size
from byway.imaging.tags import STYLES
from byway.imaging.texts import Context, Inherited, beginning, contents, hand_down, is_preserved, passed_by

_BOX: Final[Style] = {
    "display": "flex",
    "position": "relative",
    "flexShrink": "0",
    "alignContent": "flex-start",
    "minWidth": "0",
    "minHeight": "0",
    "boxSizing": "border-box",
}
_TEXT: Final[Style] = {"position": "relative", "minWidth": "0"}
# Alignments by which an item may begin within a pixel.
_BETWEEN: Final = frozenset({"center", "space-between", "space-around"})
# The metrics of lines are those without kerning; `font-kerning: normal` turns it on.
_ROOT: Final[Style] = {
    "display": "flex",
    "flexWrap": "wrap",
    "alignItems": "flex-start",
    "fontSize": "16px",
    "color": "black",
    "fontKerning": "none",
    "fontSynthesis": "none",
}

_SIZE: Final = re.compile(r"(\d+\.?\d*|\.\d+)(px|%)?")


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


def build(
    nodes: Sequence[Node],
    pictures: Mapping[str, Picture | None],
    *,
    width: int,
    height: int,
    families: Families,
) -> Drawing:
    """``nodes`` as an image of ``width`` by ``height`` pixels, whose texts are in fonts of ``families``.

    ``pictures`` has each that `sources.references` finds; None for one that could not be loaded: nothing is drawn for
    it. Raises `ImageError` for what cannot be drawn.
    """
    context = Context(width, height, families)
    builder = _Builder(pictures, context)
    tree = {
        "type": "container",
        "style": {**_ROOT, "width": f"{width}px", "height": f"{height}px"},
        "children": builder.children(contents(nodes, "normal"), beginning(context), {}, _ROOT),
    }
    return Drawing(tree, builder.used, "".join(builder.texts), builder.elements, builder.paths)


class _Builder:
    def __init__(self, pictures: Mapping[str, Picture | None], context: Context) -> None:
        self._pictures = pictures
        self._context = context
        self._names: dict[str, str] = {}
        self.used: dict[str, bytes] = {}
        self.texts: list[str] = []
        self.elements: list[Element] = []
        self.paths: dict[str, str] = {}

    def children(self, nodes: Sequence[Node], inherited: Inherited, text_style: Style, parent: Style) -> list[Tree]:
        """``nodes`` as items of one container, whose style is ``parent``; texts get ``text_style``."""
        items: list[Tree] = []
        for node in nodes:
            if isinstance(node, str):
                text = self._text(node, inherited, {**_TEXT, **text_style}, parent)
                if limit := _limit({}, parent):
                    text = {"type": "container", "style": {**_BOX, **limit}, "children": [text]}
                items.append(text)
            elif node.style.get("display") == "contents":
                # The engine does not know it: the children take the place of their parent, with what they inherit.
                inner, own_text = hand_down(dict(node.style), inherited, self._context)
                inner = replace(inner, passed={**inherited.passed, **passed_by(node.style)})
                items += self.children(contents(node.children, inner.white_space), inner, own_text, parent)
            else:
                items.append(self._element(node, inherited, parent))
        return items

    def _text(self, text: str, inherited: Inherited, style: Style, parent: Style | None = None) -> Tree:
        """``text`` as an item of a container whose style is ``parent``, or in the place of its element."""
        self.texts.append(text)
        lines, down = inherited.line.style(text)
        style = {**inherited.passed, **style, **lines, **inherited.decoration}
        if parent is not None:
            left, up = _nudge(parent)
            style.update({"left": f"{-left:g}px", "top": f"{down - up:g}px"})
        if "\n" in text and not is_preserved(inherited.white_space):
            # Only <br> leaves one in a text whose white space collapses.
            style["whiteSpace"] = "pre" if inherited.white_space == "nowrap" else "pre-line"
        return {"type": "text", "text": text, "style": style}

    def _element(self, element: Element, inherited: Inherited, parent: Style) -> Tree:
        self.elements.append(element)
        style = {**_BOX, **inherited.passed, **STYLES.get(element.tag, {})}
        for name, value in element.style.items():
            declare(style, name, value)
        if element.attributes.get("dir") in ("ltr", "rtl"):
            style.setdefault("direction", element.attributes["dir"])
        if style["display"] in ("block", "-webkit-box"):
            style["display"] = "flex"
        for name in ("alignItems", "alignSelf"):
            if style.get(name) == "baseline":
                style[name] = "flex-end"
        inherited, own_text = hand_down(style, inherited, self._context)
        self._name_pictures(element, style)
        if any("url(" in style.get(name, "") for name in ("background", "backgroundImage")):
            # The engine lets tiles run over the edge of a box with square corners.
            style.setdefault("borderRadius", "0.01px")
        resolve_circle(style)
        if element.tag == "img":
            return self._image(element, style)
        if element.svg is not None:
            return self._svg(element, style, inherited)
        within = contents(element.children, inherited.white_space)
        _check_display(element, within)
        has_text = any(isinstance(child, str) for child in within)
        if has_text and not element.style.keys() & {"flex", "flexShrink"}:
            style["flexShrink"] = "1"
        style.update(_limit(style, parent))
        if has_text and len(within) == 1 and style.get("backgroundClip") == "text":
            # The engine clips a background to the text of the very element that has it.
            return self._text(str(within[0]), inherited, {**_as_text(style), **own_text})
        shadows = inner_shadows(element, style)
        node: Tree = {
            "type": "container",
            "tag_name": element.tag,
            "style": style,
            "children": shadows + self.children(within, inherited, own_text, style),
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
        name = self._name(source, picture, element)
        if picture.kind == "svg" and style.get("objectFit") == "cover":
            return {"type": "container", "style": covered(style, name), "children": []}
        return {"type": "image", "src": name, "style": style}

    def _svg(self, element: Element, style: Style, inherited: Inherited) -> Tree:
        for name in ("width", "height"):
            _take_size(element, style, name)
        assert element.svg is not None
        source = element.svg
        if "currentcolor" in source.lower():
            source = source.replace("<svg", f'<svg color="{escape(inherited.color)}"', 1)
        name = f"svg:{len(self.used)}"
        self.used[name] = data = source.encode()
        svg_size(data, element.path)
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


def _limit(style: Mapping[str, str], parent: Mapping[str, str]) -> Style:
    """Keep an item, whose width its content decides on, from being wider than its parent, margins included.

    As the engine measures text, it would not be broken otherwise.
    """
    if style.keys() & {"width", "maxWidth"}:
        return {}
    margins = _side_margins(style)
    if not parent.get("flexDirection", "row").startswith("column"):
        # A text in a row gives way by itself.
        if not style or style.get("position") == "absolute":
            return {}
    elif style.get("position") != "absolute" and "auto" not in margins:
        alignment = style.get("alignSelf", "auto")
        if (parent.get("alignItems", "stretch") if alignment == "auto" else alignment) in ("stretch", "normal"):
            return {}
    taken = "".join(f" - {margin}" for margin in margins if margin not in ("auto", "0"))
    return {"maxWidth": f"calc(100%{taken})" if taken else "100%"}


def _side_margins(style: Mapping[str, str]) -> tuple[str, str]:
    sides = split_outside(style.get("margin", "0"), " ") or ["0"]
    right = sides[1] if len(sides) > 1 else sides[0]
    left = sides[3] if len(sides) > 3 else right
    return style.get("marginLeft", left), style.get("marginRight", right)


_JUSTIFIED: Final = {"center": "center", "flex-end": "right"}


def _as_text(style: Style) -> Style:
    """The ``style`` of an element as that of the text in it."""
    if style.get("alignItems", "stretch") != "stretch":
        return style
    # As a block it is as wide as its box, and so is its background.
    alignment = _JUSTIFIED.get(style.get("justifyContent", ""))
    return {**({"textAlign": alignment} if alignment else {}), **style, "display": "block"}


def _nudge(parent: Mapping[str, str]) -> tuple[float, float]:
    """How far a text is moved left and up: it begins on the whole pixel before its place, not on the nearest one."""
    along = 0.49 if parent.get("justifyContent") in _BETWEEN else 0
    across = 0.49 if parent.get("alignItems") in _BETWEEN else 0
    return (across, along) if parent.get("flexDirection", "row").startswith("column") else (along, across)


def _check_display(element: Element, within: Sequence[Node]) -> None:
    if element.tag != "div" or not within or (len(within) == 1 and isinstance(within[0], str)):
        return
    if element.style.get("display") not in ("flex", "contents", "none"):
        raise ImageError(
            'Expected <div> to have explicit "display: flex", "display: contents", or "display: none" if it has more '
            f"than one child node{at(element.path)}."
        )


def _take_size(element: Element, style: Style, name: str) -> None:
    """The attribute ``width`` or ``height`` as a style, unless there is one."""
    value = element.attributes.get(name, "").strip()
    if name in style or not value or value == "auto":
        return
    match = _SIZE.fullmatch(value)
    if match is None:
        raise ImageError(f'<{element.tag} {name}="{value[:40]}"> is no number of pixels{at(element.path)}.')
    style[name] = match[1] + (match[2] or "px")
