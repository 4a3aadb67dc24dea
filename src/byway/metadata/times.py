"""Dates and times as the formats of metadata write them."""

from __future__ import annotations

from datetime import UTC, date, datetime


def written(value: date) -> str:
    """``value`` in the W3C's datetime format; a time to the millisecond and in UTC, which a naive one is already."""
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is not None and value.utcoffset() is not None:
        # Of a time in UTC the offset is cut off, which is quicker than making another one.
        in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
        return f"{in_utc.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
    return f"{value.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
