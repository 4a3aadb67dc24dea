"""HTML as a tree of elements and texts.

Browsers forgive more than is done here: tags are matched by name, and nothing is moved to where HTML would have it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser
from typing import Final, TypeAlias

from byway.imaging.css import Style, parse_style, svg_style
from byway.imaging.errors import ImageError, at
from byway.imaging.limits import MAX_DEPTH, MAX_NODES, MAX_TEXT

_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_DRAW: Final = "Draw it with div, span, img and svg."
_UNSUPPORTED: Final = {
    "script": "Nothing is run in an image: leave it out.",
    "style": 'Write the CSS inline, in style="…".',
    "link": 'Write the CSS inline, in style="…".',
    **dict.fromkeys(("audio", "canvas", "embed", "iframe", "math", "object", "video"), _DRAW),
    **dict.fromkeys(("input", "noscript", "select", "template", "textarea"), _DRAW),
}
# What SVG would load or show that an image has no means for.
_UNSUPPORTED_SVG: Final = {
    "text": "Convert it to <path>.",
    "script": "Nothing is run in an image: leave it out.",
    "foreignobject": "Put the HTML beside the <svg>.",
}
# Around what is to be drawn in a whole document; what is in <head> is not drawn.
_DOCUMENT: Final = frozenset({"html", "body"})

_TAG_NAME: Final = re.compile(r"<\s*([^\s/>]+)")
_ATTRIBUTE: Final = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_REFERENCE: Final = re.compile(r"\A\s*(?:#|data:)", re.IGNORECASE)
_FOREIGN_URL: Final = re.compile(r"url\(\s*['\"]?\s*(?!['\"#\s]|data:)", re.IGNORECASE)


@dataclass(slots=True)
class Element:
    """An element: its lower-case name, its attributes and parsed style, and what it contains.

    ``path`` names it in messages. ``svg`` is the source text of an ``<svg>``, which has no children here.
    """

    tag: str
    path: str = ""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    style: Style = field(default_factory=dict[str, str])
    children: list[Node] = field(default_factory=list["Node"])
    svg: str | None = None


Node: TypeAlias = Element | str


def parse(html: str) -> list[Node]:
    """The elements and texts of ``html``, text as it stands there, white space included.

    Raises `ImageError` for an element or a style that cannot be drawn, and when there is more than the limits allow.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.finish()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._roots: list[Node] = []
        self._open: list[Element] = []
        self._count = 0
        self._characters = 0
        # While inside an <svg>, its source; how many elements of it are open; and while inside <head>, that it is.
        self._svg: list[str] | None = None
        self._svg_open: list[str] = []
        self._in_head = False

    def finish(self) -> list[Node]:
        if self._svg is not None:
            raise ImageError(f"An <svg> is not closed{at(self._path())}.")
        return self._roots

    def _path(self, *more: str) -> str:
        return " > ".join([element.tag for element in self._open] + list(more))

    def _add(self, node: Node) -> None:
        self._counted()
        (self._open[-1].children if self._open else self._roots).append(node)

    def _counted(self) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise ImageError(f"The image has more than {MAX_NODES:,} elements and texts: draw fewer.")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._svg is not None:
            self._start_in_svg(is_closed=False)
        elif tag in _DOCUMENT or self._in_head:
            return
        elif tag == "head":
            self._in_head = True
        elif tag == "svg":
            self._open.append(self._element(tag, attrs))
            self._svg = []
            self._start_in_svg(is_closed=False)
        else:
            element = self._element(tag, attrs)
            self._add(element)
            if tag not in _VOID:
                self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._svg is not None:
            self._start_in_svg(is_closed=True)
        elif tag == "svg":
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)
        else:
            # HTML takes `<div />` for a tag that opens; who writes it means the opposite.
            self.handle_starttag(tag, attrs)
            if tag not in _VOID:
                self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._svg is not None:
            self._end_in_svg(tag)
        elif tag == "head":
            self._in_head = False
        else:
            for index in range(len(self._open) - 1, -1, -1):
                if self._open[index].tag == tag:
                    del self._open[index:]
                    break

    def handle_data(self, data: str) -> None:
        if self._in_head or not data:
            return
        self._characters += len(data)
        if self._characters > MAX_TEXT:
            raise ImageError(f"The image has more than {MAX_TEXT:,} characters of text: draw less.")
        if self._svg is not None:
            self._svg.append(escape(data, quote=False))
        else:
            self._add(data)

    def _element(self, tag: str, attrs: list[tuple[str, str | None]]) -> Element:
        path = self._path(tag)
        if tag in _UNSUPPORTED:
            raise ImageError(f"<{tag}> cannot be drawn{at(path)}. {_UNSUPPORTED[tag]}")
        if len(self._open) >= MAX_DEPTH:
            raise ImageError(f"More than {MAX_DEPTH} elements stand within one another: nest them less.")
        attributes: dict[str, str] = {}
        for name, value in attrs:
            attributes.setdefault(name, value or "")
        if attributes.get("tw"):
            raise ImageError(f"<{tag}> has the attribute tw{at(path)}, which is not supported. Write inline CSS.")
        style = parse_style(attributes.pop("style", ""), tag, path)
        return Element(tag, path, attributes, style)

    def _start_in_svg(self, *, is_closed: bool) -> None:
        """Take up a start tag in its own case, which HTML forgets and SVG needs."""
        assert self._svg is not None
        source = self.get_starttag_text() or ""
        match = _TAG_NAME.match(source)
        assert match is not None
        name = match[1]
        path = self._path(*self._svg_open[1:], name)
        self._counted()
        if name.lower() in _UNSUPPORTED_SVG:
            raise ImageError(f"<{name}> cannot be drawn in an <svg>{at(path)}. {_UNSUPPORTED_SVG[name.lower()]}")
        if len(self._open) + len(self._svg_open) >= MAX_DEPTH:
            raise ImageError(f"More than {MAX_DEPTH} elements stand within one another: nest them less.")
        attributes: dict[str, str] = {}
        for attribute in _ATTRIBUTE.finditer(source, match.end()):
            value = attribute[2] or ""
            attributes.setdefault(attribute[1], unescape(value[1:-1] if value[:1] in "\"'" else value))
        self._check_references(name, path, attributes)
        if not self._svg_open:
            attributes.setdefault("xmlns", "http://www.w3.org/2000/svg")
            attributes.setdefault("xmlns:xlink", "http://www.w3.org/1999/xlink")
            attributes["style"] = svg_style(attributes.get("style", ""))
        written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
        self._svg.append(f"<{name}{written}{'/' if is_closed else ''}>")
        if not is_closed:
            self._svg_open.append(name)

    def _check_references(self, name: str, path: str, attributes: dict[str, str]) -> None:
        for key, value in attributes.items():
            is_link = key.lower() in ("href", "xlink:href") and name.lower() != "a"
            if (is_link and not _REFERENCE.match(value)) or _FOREIGN_URL.search(value):
                raise ImageError(
                    f"<{name}> refers to something outside of its <svg>: {key}={value[:80]!r}{at(path)}. "
                    "Use a data: URI, or an <img> beside the <svg>."
                )

    def _end_in_svg(self, tag: str) -> None:
        assert self._svg is not None
        lowered = [name.lower() for name in self._svg_open]
        if tag not in lowered:
            return
        while True:
            name = self._svg_open.pop()
            self._svg.append(f"</{name}>")
            if name.lower() == tag:
                break
        if not self._svg_open:
            element = self._open.pop()
            element.svg = "".join(self._svg)
            self._svg = None
            self._add(element)
