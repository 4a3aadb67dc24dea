"""What is being made at this moment, so that nobody makes it a second time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Spawn(Protocol):
    """Starts background work."""

    def __call__(self, coroutine: Coroutine[Any, Any, Any], /, *, context: Context | None = None) -> asyncio.Task[Any]:
        """``coroutine`` as a task that runs in ``context``, or in a copy of the current one."""
        ...


class _Flight:
    """What is under way for a key.

    ``until`` (monotonic seconds) is when it has taken too long to wait for; ``seen`` is how many invalidations there
    were when its making began, None until then.
    """

    __slots__ = ("seen", "task", "until")

    def __init__(self, task: asyncio.Task[Any], until: float) -> None:
        self.task = task
        self.until = until
        self.seen: int | None = None


class Flights(Generic[T]):
    """The flights of one worker, at most one a key that is worth waiting for: for ``patience`` seconds it is.

    What is made may be given to anybody, so it sees no context variables but its own: it runs in an empty context.
    """

    __slots__ = ("_flights", "_patience", "_spawn")

    def __init__(self, spawn: Spawn, patience: float) -> None:
        self._spawn = spawn
        self._patience = patience
        self._flights: dict[str, _Flight] = {}

    def get(self, key: str) -> asyncio.Task[T] | None:
        """What is under way for ``key`` and worth waiting for."""
        flight = self._current(key)
        return None if flight is None else flight.task

    def began(self, key: str, seen: int) -> None:
        """The flight for ``key`` that calls this begins its making now, with ``seen`` invalidations behind it."""
        flight = self._flights.get(key)
        if flight is not None and flight.task is asyncio.current_task():
            flight.seen = seen

    def is_older(self, key: str, version: int) -> bool:
        """Whether what is under way for ``key`` began its making before the invalidation of number ``version``."""
        flight = self._current(key)
        return flight is not None and flight.seen is not None and flight.seen < version

    def start(self, key: str, making: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin ``making`` what everyone who wants ``key`` waits for from now on."""
        flight = _Flight(self.start_alone(making), time.monotonic() + self._patience)
        self._flights[key] = flight
        flight.task.add_done_callback(lambda _: self._landed(key, flight))
        return flight.task

    def start_alone(self, making: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin ``making`` what nobody else waits for."""
        return self._spawn(making, context=Context())

    def _current(self, key: str) -> _Flight | None:
        flight = self._flights.get(key)
        # One that is done may not have been told to `_landed` yet.
        return None if flight is None or flight.task.done() or time.monotonic() >= flight.until else flight

    def _landed(self, key: str, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.task.cancelled():
            flight.task.exception()  # told to those who wait, or logged by the refresh; asyncio need not do it again
