"""An exception as plain data: its messages, its frames with their source, and the exceptions behind it.

What the development error page shows is decided here, how it looks in ``error_page``. Everything is bounded, so that
endless recursion or a message of megabytes still makes a page. Local variables are never read: they may be secrets.
"""

from __future__ import annotations

import linecache
import os
import sysconfig
import traceback
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TypeGuard, cast

MAX_MESSAGE = 8_000
"""Characters of a message, a note or a line of source that are kept; see :func:`shortened`."""

MAX_FRAMES = 60
"""Frames of one exception that are kept: the newest two thirds, and the oldest third."""

MAX_CHAIN = 8
"""Exceptions of one chain of causes that are kept."""

MAX_LEAVES = 10
"""Exceptions of one group that are kept."""

_CONTEXT_LINES = 5
_MAX_LINE = 400
_NOT_APP = frozenset({"site-packages", "dist-packages", ".venv"})


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of source; ``mark`` is the range of characters that failed (None: none of this line)."""

    number: int
    text: str
    mark: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a traceback, or, with ``function`` empty, the place of a syntax error (always ``is_app``).

    ``file`` is relative to the project's root, or to where libraries lie. ``source`` holds the lines around the
    failing one, oldest first; it is empty when the source cannot be read. ``repeats`` tells how many equal frames
    in a row this one stands for, ``omitted`` how many frames between it and the next older one were left out.
    """

    file: str
    line: int
    function: str
    code: str
    source: tuple[SourceLine, ...]
    is_app: bool
    repeats: int = 1
    omitted: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """One exception. ``relation`` says how it led to the one before it in its chain; it is empty for the first.

    ``frames`` are newest first. ``leaves`` are the chains of the exceptions in a group, ``more_leaves`` counts those
    left out.
    """

    relation: str
    type: str
    message: str
    notes: tuple[str, ...]
    frames: tuple[Frame, ...]
    leaves: tuple[tuple[Failure, ...], ...] = ()
    more_leaves: int = 0


def describe(error: BaseException, root: Path) -> tuple[Failure, ...]:
    """``error``, then what caused it or was being handled when it was raised, as far back as the chain goes.

    ``root`` is the project's folder: code inside it that is no installed library counts as the app's. Reads the
    source files of the frames.
    """
    return _chain(error, _Places(root), MAX_CHAIN, with_leaves=True)


def shortened(text: str, limit: int = MAX_MESSAGE) -> str:
    """``text``, cut to ``limit`` characters with a note of how many more there were."""
    return text if len(text) <= limit else f"{text[:limit]} … ({len(text) - limit:,} more characters)"


class _Places:
    """Tells the app's files from all others, and shortens the paths of both."""

    def __init__(self, root: Path) -> None:
        self._root = os.path.realpath(root)
        self._stdlib = os.path.realpath(sysconfig.get_path("stdlib"))

    def of(self, file: str) -> tuple[str, bool]:
        """The path of ``file`` to show, and whether it is the app's."""
        if file.startswith("<"):
            return file, False  # <frozen importlib._bootstrap>, <string>
        real = Path(os.path.realpath(file))
        parts = real.parts
        for number in range(len(parts) - 1, 0, -1):
            if parts[number] in ("site-packages", "dist-packages"):
                return "/".join(parts[number + 1 :]), False
        if real.is_relative_to(self._root):
            inside = real.relative_to(self._root)
            return inside.as_posix(), _NOT_APP.isdisjoint(inside.parts)
        if real.is_relative_to(self._stdlib):
            return real.relative_to(self._stdlib).as_posix(), False
        return real.as_posix(), False


def _chain(error: BaseException, places: _Places, limit: int, *, with_leaves: bool) -> tuple[Failure, ...]:
    failures: list[Failure] = []
    seen: set[int] = set()
    current: BaseException | None = error
    relation = ""
    while current is not None and id(current) not in seen and len(failures) < limit:
        seen.add(id(current))
        failures.append(_failure(current, places, relation, with_leaves=with_leaves))
        if current.__cause__ is not None:
            current, relation = current.__cause__, "caused by"
        elif not current.__suppress_context__:
            current, relation = current.__context__, "during handling of"
        else:
            break
    return tuple(failures)


def _failure(error: BaseException, places: _Places, relation: str, *, with_leaves: bool) -> Failure:
    leaves = _leaves(error) if with_leaves else []
    return Failure(
        relation,
        type_name(error),
        shortened(_message(error)),
        _notes(error),
        _frames(error, places),
        # A leaf's own causes are shown, but groups among them stay closed: that bounds the page.
        tuple(_chain(leaf, places, 3, with_leaves=False) for leaf in leaves[:MAX_LEAVES]),
        max(0, len(leaves) - MAX_LEAVES),
    )


def type_name(error: BaseException) -> str:
    """The name of the type as Python prints it: with its module unless it is built in."""
    kind = type(error)
    if kind.__module__ in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg or ""
    # traceback knows Python's "Did you mean", and survives a __str__ that raises.
    shown = traceback.TracebackException(type(error), error, error.__traceback__, limit=0, compact=True)
    text = next(shown.format_exception_only()).rstrip("\n")
    name, _, message = text.partition(": ")
    return message if name == type_name(error) else ""


def _notes(error: BaseException) -> tuple[str, ...]:
    notes: object = getattr(error, "__notes__", ())
    if not isinstance(notes, list):
        return ()
    return tuple(shortened(note) for note in cast("list[object]", notes) if isinstance(note, str))


def _is_group(error: BaseException) -> TypeGuard[BaseExceptionGroup[BaseException]]:
    return isinstance(error, BaseExceptionGroup)


def _leaves(error: BaseException) -> list[BaseException]:
    """The exceptions in a group that are no groups themselves, in order; none for what is no group."""
    if not _is_group(error):
        return []
    found: list[BaseException] = []
    waiting: list[BaseException] = list(reversed(error.exceptions))
    while waiting:
        one = waiting.pop()
        if _is_group(one):
            waiting.extend(reversed(one.exceptions))
        else:
            found.append(one)
    return found


def _frames(error: BaseException, places: _Places) -> tuple[Frame, ...]:
    summaries = list(reversed(traceback.extract_tb(error.__traceback__)))
    place = _syntax_frame(error, places) if isinstance(error, SyntaxError) else None
    if place is not None and not any(places.of(summary.filename)[1] for summary in summaries):
        return (place,)  # How Python came to read the file says nothing of what is wrong in it.
    runs = [(run[0], len(run)) for run in (list(same) for _, same in groupby(summaries, _place))]
    omitted = max(0, len(runs) - MAX_FRAMES)
    if omitted:
        newest = MAX_FRAMES * 2 // 3
        runs[newest : newest + omitted] = []
    frames = [
        _frame(summary, places, repeats, omitted if omitted and number == MAX_FRAMES * 2 // 3 - 1 else 0)
        for number, (summary, repeats) in enumerate(runs)
    ]
    return tuple(frames) if place is None else (place, *frames)


def _place(summary: traceback.FrameSummary) -> tuple[str, int | None, str]:
    return summary.filename, summary.lineno, summary.name


def _frame(summary: traceback.FrameSummary, places: _Places, repeats: int, omitted: int) -> Frame:
    file, is_app = places.of(summary.filename)
    line = summary.lineno or 0
    source = _source(
        linecache.getlines(summary.filename),
        first=line,
        last=summary.end_lineno or line,
        # Python counts columns in bytes of UTF-8.
        columns=(summary.colno, summary.end_colno),
        in_bytes=True,
    )
    code = next((one.text.strip() for one in source if one.number == line), "")
    return Frame(file, line, summary.name, code, source, is_app, repeats, omitted)


def _syntax_frame(error: SyntaxError, places: _Places) -> Frame | None:
    """The place of a syntax error, which no traceback has. It counts as the app's, so that it is shown at once."""
    filename, line = error.filename, error.lineno
    if not filename or not line:
        return None
    file, _ = places.of(filename)
    linecache.checkcache(filename)
    lines = linecache.getlines(filename)
    if not lines and error.text:
        lines = [""] * (line - 1) + [error.text]
    start = max(0, (error.offset or 1) - 1)
    last = error.end_lineno or line
    end = (error.end_offset or 0) - 1
    if last == line and end <= start:
        end = start + 1  # Where Python knows a point only, the caret still needs a character.
    source = _source(lines, first=line, last=last, columns=(start, end), in_bytes=False)
    code = next((one.text.strip() for one in source if one.number == line), "")
    return Frame(file, line, "", code, source, is_app=True)


def _source(
    lines: list[str], *, first: int, last: int, columns: tuple[int | None, int | None], in_bytes: bool
) -> tuple[SourceLine, ...]:
    """The lines ``first`` to ``last`` with the failing range marked, and a few lines before and after."""
    if not 1 <= first <= len(lines):
        return ()
    until_line = min(last + _CONTEXT_LINES, first + 3 * _CONTEXT_LINES, len(lines))
    shown: list[SourceLine] = []
    for number in range(max(1, first - _CONTEXT_LINES), until_line + 1):
        text = lines[number - 1].rstrip("\r\n\f")
        mark = None
        if first <= number <= last and columns[0] is not None and columns[1] is not None:
            start, end = (_characters(text, at) if in_bytes else at for at in (columns[0], columns[1]))
            begin = start if number == first else len(text) - len(text.lstrip())
            until = end if number == last else len(text)
            mark = (min(begin, _MAX_LINE), min(until, _MAX_LINE))
        elif number == first:
            mark = (0, 0)
        shown.append(SourceLine(number, shortened(text, _MAX_LINE), mark))
    return tuple(shown)


def _characters(text: str, offset: int) -> int:
    return len(text.encode("utf-8", "replace")[:offset].decode("utf-8", "replace"))
