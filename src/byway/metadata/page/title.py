"""``title``: a text, or what a layout does to the titles below it.

Implements the ``title`` field of the Next.js documents: ``template`` is for the children of a segment, ``default`` for
those of them without a title, ``absolute`` for a title that no template touches.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias, TypedDict

from byway.metadata.head import HeadTag
from byway.metadata.page.field import Context, plain


class TitleTemplate(TypedDict, total=False):
    """A title that says what becomes of the titles below it."""

    default: str | None
    """The title of children that have none; it is set into the template of the ancestors itself."""
    template: str | None
    """What is made of the titles of children: ``%s | Acme``."""
    absolute: str | None
    """The title here, whatever template the ancestors have."""


Title: TypeAlias = str | TitleTemplate


def resolve_title(title: Title | None, context: Context) -> dict[str, Any] | None:
    """``title`` as a dict of ``absolute``, which is what is shown, and ``template``, None for none."""
    if title is None:
        return None
    if isinstance(title, str):
        return {"absolute": _formatted(title, context.template), "template": None}
    shown = title.get("absolute")
    if not shown and (default := title.get("default")) is not None:
        shown = _formatted(default, context.template)
    return {"absolute": plain(shown or ""), "template": plain(title.get("template"))}


def template_of(value: Any) -> str | None:
    """The template that ``value``, a resolved title or what has one, hands on to its children."""
    return None if value is None else value.get("template") or None


def shown(value: Any) -> str:
    """What of a resolved title is shown; empty when it is None."""
    return "" if value is None else value["absolute"]


def title_tags(title: Any) -> Iterator[HeadTag]:
    """The ``title`` element."""
    if text := shown(title):
        yield HeadTag("title", (), text)


def _formatted(title: str, template: str | None) -> str:
    title = str.__str__(title)
    return str.__str__(template).replace("%s", title) if template else title
