"""Numbers as the formats of metadata files write them."""

from __future__ import annotations

from decimal import Decimal


def decimal(number: float) -> str:
    """``number`` in plain decimal notation: without an exponent, and whole numbers without ``.0``."""
    text = repr(number)
    return format(Decimal(text), "f") if "e" in text else text.removesuffix(".0")
