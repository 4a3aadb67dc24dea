"""What is wrong with an app, said so that its author can mend it.

Every check of an app's tree, configuration and exports yields :class:`Problem` values. They are collected, never
raised one at a time, so that one run shows all of them (see :class:`AppError`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in an app: where it is, what is wrong, and what to write instead.

    ``file`` is the path relative to the project's root, with forward slashes, optionally followed by ``:line``.
    ``what`` and ``cure`` are whole sentences.
    """

    file: str
    what: str
    cure: str

    def __str__(self) -> str:
        lines = [self.file, *(f"  {line}" for line in self.what.splitlines())]
        cure = self.cure.splitlines()
        lines += [f"  → {line}" if number == 0 else f"    {line}" for number, line in enumerate(cure)]
        return "\n".join(lines)


class AppError(Exception):
    """An app that cannot be served.

    ``problems`` holds every mistake found, in the order of their files; ``causes`` the exceptions of those files that
    do not import.
    """

    def __init__(self, problems: Iterable[Problem], causes: Iterable[BaseException] = ()) -> None:
        self.problems = tuple(sorted(set(problems)))
        self.causes = tuple(causes)
        super().__init__(str(self))

    def __str__(self) -> str:
        count = len(self.problems)
        head = "This app has a problem:" if count == 1 else f"This app has {count} problems:"
        return "\n\n".join([head, *map(str, self.problems)])
