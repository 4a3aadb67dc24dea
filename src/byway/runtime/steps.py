"""What a step of the pipeline is."""

from __future__ import annotations

from collections.abc import Coroutine, Set
from typing import Any, Protocol

from byway.http.response import Response
from byway.runtime.work import Work


class Step(Protocol):
    """One thing that happens to a request. A path is undecoded, in the app's form, base path included."""

    def __call__(self, work: Work, path: str) -> str | Response | Coroutine[Any, Any, str | Response | None]:
        """The answer, or the path to go on with; only a step that has to wait returns a coroutine.

        None for an answer is "method not allowed".
        """
        ...

    def varies(self, path: str) -> bool:
        """Whether what this does to requests for ``path`` depends on more than it."""
        ...

    @property
    def firsts(self) -> Set[str]:
        """The first segments below the base path, in lower case, for which this does more than for others."""
        ...

    def for_segment(self, first: str | None) -> Step | None:
        """What this does to canonical paths whose first segment is ``first``, and with None to those that begin with
        none of `firsts`; None when it does nothing.
        """
        ...


class EverywhereAlike:
    """What a step has that does the same for all paths, whoever asks."""

    __slots__ = ()

    @property
    def firsts(self) -> Set[str]:
        """No segments in particular."""
        return frozenset()

    def varies(self, path: str) -> bool:
        """It does not."""
        return False
