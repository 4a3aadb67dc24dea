"""The parameters of what an app defines, told whatever its annotations name."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

if sys.version_info >= (3, 14):
    from annotationlib import Format

__all__ = ["signature_of"]


def signature_of(function: Callable[..., Any], *, follow_wrapped: bool = True) -> inspect.Signature:
    """`inspect.signature`, also of functions whose annotations name what is not there at run time.

    From Python 3.14 on these need no ``from __future__ import annotations`` to name what only type checkers import:
    annotations are evaluated when somebody asks for them, which `inspect.signature` does. Raises
    ``TypeError`` when ``function`` cannot be called, ``ValueError`` when nothing is known of its parameters.
    """
    if sys.version_info >= (3, 14):
        # Annotations as text need no names, but take five times as long.
        with suppress(Exception):
            return inspect.signature(function, follow_wrapped=follow_wrapped)
        return inspect.signature(function, follow_wrapped=follow_wrapped, annotation_format=Format.STRING)
    return inspect.signature(function, follow_wrapped=follow_wrapped)
