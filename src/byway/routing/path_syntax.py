"""The dialect of path patterns, as in ``/about/:path*``: a source's text → its parts.

===================  =================================================================================================
``:name``            one segment, captured by that name
``:name(\\d+)``       what the regular expression matches, captured by that name
``(.*)``             what the regular expression matches, not captured
``{-:name}?``        a group that may be absent as a whole; its text belongs to the parameter
``?  *  +``          after any of these: at most once, any number of times, at least once
``\\:``               the character itself, here a colon
===================  =================================================================================================

It is that of path-to-regexp, which the Next.js documents use. A slash or dot right before a parameter belongs to it:
``/about/:path*`` is ``/about`` followed by any number of ``/segment``.

One part of a source may repeat. Where two do, a path can be shared out between them in as many ways as it has pairs of
segments, and a client with a long path would keep the worker busy. What a regular expression in parentheses costs is
up to its author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

FLAGS = re.ASCII | re.DOTALL

_LEXEME = re.compile(r"\\(?P<escaped>.)|:(?P<name>\w+)|(?P<special>[:(){}*+?\\])|(?P<text>[^:(){}*+?\\])", FLAGS)
_NAMED_GROUP = re.compile(r"(\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|\(\?<(?![=!])", re.DOTALL)

_ONE_LIST = 'Let one part repeat, as in "/docs/:path*", and write a source for each of the other cases.'


class RuleError(ValueError):
    """A mistake in a matcher or rule; ``what`` is wrong with it, and its ``cure``, are whole sentences."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what} {cure}")
        self.what = what
        self.cure = cure

    def at(self, where: str) -> RuleError:
        """The same mistake, told with the place in the configuration where it is."""
        return RuleError(f"{where}: {self.what}", self.cure)


class Group(NamedTuple):
    """A part of a pattern that is more than text."""

    prefix: str
    name: str | None
    regex: str | None
    suffix: str
    modifier: str

    @property
    def repeats(self) -> bool:
        """Whether it may come more than once."""
        return self.modifier in ("*", "+")


def compile_regex(text: str, flags: int = 0) -> re.Pattern[str]:
    """The regular expression ``text``, in which ``(?<name>…)`` is read as ``(?P<name>…)``.

    Raises ``RuleError`` when it is none.
    """
    try:
        return re.compile(python_regex(text), FLAGS | flags)
    except re.error as error:
        raise RuleError(
            f"{text!r} is no regular expression: {error}.", "Write it as Python's re module has them."
        ) from None


def python_regex(text: str) -> str:
    """``text`` with its named groups as Python spells them."""
    return _NAMED_GROUP.sub(lambda found: found[1] or "(?P<", text)


class _Lexeme(NamedTuple):
    kind: str
    """``text`` or ``escaped`` (one character each), ``name``, ``regex``, ``{``, ``}``, ``modifier`` or ``end``."""
    value: str
    place: int


def parse(source: str) -> list[str | Group]:
    """The parts of ``source``, without a slash at its end."""
    parts: list[str | Group] = []
    text = ""
    names: set[str] = set()
    lexemes = _Reader(source)

    def flush() -> None:
        nonlocal text
        if text:
            parts.append(text)
            text = ""

    def add(prefix: str, name: str | None, regex: str | None, place: int, suffix: str = "") -> None:
        flush()
        if name is not None:
            if name in names:
                cure = "Give each parameter a name of its own."
                raise _fault(source, place, f'the parameter "{name}" comes a second time', cure)
            names.add(name)
        modifier = lexemes.take("modifier")
        repeats = modifier in ("*", "+")
        if repeats:
            if not prefix + suffix:
                what = "a parameter repeats with nothing between its values"
                raise _fault(source, place, what, f'Put a slash before it, as in "/:path{modifier}".')
            if "/" not in prefix and _is_behind_parameter(parts):
                what = "a part repeats within a segment in which a parameter comes before it"
                raise _fault(source, place, what, f'Put a slash before it, as in "/:name/:path{modifier}".')
            if any(isinstance(part, Group) and part.repeats for part in parts):
                raise _fault(source, place, "a second part repeats", _ONE_LIST)
        if name is not None and regex is None:
            # The values of a list that ends with a separator, as in "{:x,}*", are told apart by what follows them.
            before = suffix if repeats and suffix and not prefix else parts[-1] if parts else ""
            regex = _segment(source, place, prefix, before)
        parts.append(Group(prefix, name, regex, suffix, modifier))

    while (here := lexemes.next).kind != "end":
        character = lexemes.take("text")
        place = lexemes.next.place
        name, regex = lexemes.take("name") or None, lexemes.take("regex") or None
        if name or regex:
            belongs = character in ("/", ".")
            text += "" if belongs else character
            add(character if belongs else "", name, regex, place)
        elif character or (character := lexemes.take("escaped")):
            text += character
        elif lexemes.take("{"):
            prefix = lexemes.take_text()
            name, regex = lexemes.take("name") or None, lexemes.take("regex") or None
            suffix = lexemes.take_text()
            if not lexemes.take("}"):
                cure = 'Close it after one parameter, or write "\\{" for the character itself.'
                raise _fault(source, here.place, "a brace is never closed", cure)
            add(prefix, name, regex, here.place, suffix)
        elif here.kind == "modifier":
            cure = f'Write ":path{here.value}", or "\\{here.value}" for the character itself.'
            raise _fault(source, here.place, f'"{here.value}" follows no parameter or group', cure)
        else:
            raise _fault(source, here.place, "a brace was never opened", 'Write "\\}" for the character itself.')
    text = text.removesuffix("/")
    flush()
    return parts


def _fault(source: str, place: int, what: str, cure: str) -> RuleError:
    return RuleError(f"The source {source!r} is malformed: at character {place + 1}, {what}.", cure)


def _lexemes(source: str) -> Iterator[_Lexeme]:
    place = 0
    while place < len(source):
        found = _LEXEME.match(source, place)
        assert found is not None  # every character is of one of the four kinds
        start, place = place, found.end()
        match found.lastgroup, found[found.lastgroup or 0]:
            case "name", name:
                yield _Lexeme("name", name, start)
            case "special", "(":
                place = _closing(source, start)
                yield _Lexeme("regex", _check_regex(source, start, source[start + 1 : place - 1]), start)
            case "special", "{" | "}" as brace:
                yield _Lexeme(brace, brace, start)
            case "special", "*" | "+" | "?" as modifier:
                yield _Lexeme("modifier", modifier, start)
            case "special", ":":
                cure = 'Write a parameter such as ":id", or "\\:" for the character itself.'
                raise _fault(source, start, "a colon has no name after it", cure)
            case "special", ")":
                raise _fault(source, start, "a parenthesis was never opened", 'Write "\\)" for the character itself.')
            case "special", _:
                raise _fault(
                    source, start, "a backslash has nothing after it", 'Write "\\\\" for the character itself.'
                )
            case kind, text:
                yield _Lexeme(kind or "text", text, start)
    yield _Lexeme("end", "", place)


def _closing(source: str, start: int) -> int:
    """The place behind the parenthesis that closes the one at ``start``."""
    depth, place = 0, start
    while place < len(source):
        match source[place]:
            case "\\":
                place += 1
            case "(":
                depth += 1
            case ")":
                depth -= 1
                if depth == 0:
                    return place + 1
            case _:
                pass
        place += 1
    raise _fault(source, start, "a parenthesis is never closed", 'Close it, or write "\\(" for the character itself.')


def _check_regex(source: str, place: int, regex: str) -> str:
    if not regex:
        raise _fault(source, place, "a group is empty", 'Write a regular expression into it, such as "(.*)".')
    if regex.startswith("?"):
        cure = f'Put it into parentheses of its own, as in "(({regex}).*)".'
        raise _fault(source, place, 'a group begins with "?"', cure)
    if re.search(r"(?<!\\)(?:\\\\)*\((?!\?)", regex):
        raise _fault(source, place, "a group holds another that captures", 'Write "(?:…)" for the inner one.')
    try:
        compile_regex(regex)
    except RuleError as error:
        raise _fault(source, place, error.what.removesuffix("."), error.cure) from None
    return regex


class _Reader:
    """The lexemes of a source, one after the other; ``next`` is the one that comes next."""

    def __init__(self, source: str) -> None:
        self._lexemes = _lexemes(source)
        self.next = next(self._lexemes)

    def take(self, kind: str) -> str:
        """The value of the next lexeme, which is passed, when it is of ``kind``; else an empty string."""
        if self.next.kind != kind:
            return ""
        value = self.next.value
        self.next = next(self._lexemes)
        return value

    def take_text(self) -> str:
        """The characters up to the next lexeme that is none."""
        text = ""
        while character := self.take("text") or self.take("escaped"):
            text += character
        return text


def _is_behind_parameter(parts: list[str | Group]) -> bool:
    """Whether the segment with which ``parts`` end has a parameter.

    What repeats there could begin wherever that parameter may end, and would be tried from each such place.
    """
    for part in reversed(parts):
        if isinstance(part, Group):
            if part.regex is not None:
                return True
        elif "/" in part:
            return False
    return False


def _segment(source: str, place: int, prefix: str, before: str | Group) -> str:
    """What a parameter without a regular expression matches: a segment, or what is left of it.

    Within one segment (``/:from-:to``) the text before the parameter may not come again in it: it tells where one
    parameter ends and the next begins, without trying all possibilities.
    """
    if isinstance(before, Group) and not prefix:
        cure = 'Put text between them, as in "/:from-:to".'
        raise _fault(source, place, "a parameter follows another directly", cure)
    text = prefix or (before if isinstance(before, str) else "")
    return "[^/]+?" if not text or "/" in text else f"(?:(?!{re.escape(text)})[^/])+?"
