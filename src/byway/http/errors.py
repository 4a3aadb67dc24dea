"""What can go wrong while a body is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class BodyError(ValueError):
    """A body that is not what its reader expects: malformed JSON, a form without its end, bytes that are no text.

    A handler may catch it; otherwise the client is answered with ``status``.
    """

    status: ClassVar[int] = 400


class BodyTooLarge(BodyError):
    """A body beyond a limit; the message names the setting that raises it."""

    status: ClassVar[int] = 413


class BodyTimeout(BodyError):
    """A client that stopped sending in the middle of its body; the message names the setting that bounds the wait."""

    status: ClassVar[int] = 408


class Disconnected(Exception):
    """The other side left before its body was complete. Nobody is there to be answered."""


class ValidationError(BodyError):
    """A body that does not fit the model it was to be validated into.

    ``faults`` lists every field that is missing or wrong: dicts of ``field`` (its path, ``"address.city"``) and
    ``message``.
    """

    status: ClassVar[int] = 422

    def __init__(self, faults: Sequence[Mapping[str, str]]) -> None:
        self.faults = [dict(fault) for fault in faults]
        listed = "; ".join(f"{fault['field'] or 'the body'}: {fault['message']}" for fault in self.faults)
        super().__init__(f"The body is not valid. {listed}")
