"""Dates and times as the formats of metadata write them."""

from __future__ import annotations

from datetime import UTC, date, datetime


def written(value: date) -> str:
    """``value`` in the W3C's datetime format; a time to the millisecond and in UTC, which a naive one is already."""
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.utcoffset() is not None:
        value = value.astimezone(UTC)
    return f"{value.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
