"""Putting tags into the head of a document whose markup is text, whoever has written it.

Theory of operation. A document begins with a doctype, comments and white space, then ``<html …>``, and ``<head …>`` is
the first element in it; only there they are looked for, so that what looks like a head in a comment, a script, an
attribute or the text of a page is none. Both start tags may be left out in HTML. Each pattern reads its part of the
text once, from left to right: its groups are atomic, so that there is no way back.
"""

from __future__ import annotations

import re

_COMMENT = r"<!--(?:-?>|(?s:.)*?(?:--!?>|\Z))"
_SKIPPED = rf"(?>\s+|{_COMMENT}|<[!?][^>]*>)*+"
# A quotation mark has a meaning only after an equals sign.
_ATTRIBUTES = r"(?>=\s*\"[^\"]*\"|=\s*'[^']*'|[^>])*+>"

_BEFORE = re.compile(rf"\ufeff?{_SKIPPED}")
_HTML = re.compile(rf"(<html(?=[\s/>]){_ATTRIBUTES}){_SKIPPED}", re.IGNORECASE)
_HEAD = re.compile(rf"<head(?=[\s/>]){_ATTRIBUTES}", re.IGNORECASE)


def with_head(document: str, tags: str) -> str:
    """``document`` with ``tags``, which are markup, at the beginning of its head, which is made when there is none."""
    before = _BEFORE.match(document)
    assert before is not None, "it matches nothing as well"
    html = _HTML.match(document, before.end())
    if head := _HEAD.match(document, (html or before).end()):
        return f"{document[: head.end()]}{tags}{document[head.end() :]}"
    at = html.end(1) if html else before.end()
    return f"{document[:at]}<head>{tags}</head>{document[at:]}"
