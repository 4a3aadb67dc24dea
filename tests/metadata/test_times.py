from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from byway.metadata.times import written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2024, 2, 1), "2024-02-01"),
        (datetime(2024, 2, 1, 12), "2024-02-01T12:00:00.000Z"),
        (datetime(2024, 2, 1, 12, tzinfo=UTC), "2024-02-01T12:00:00.000Z"),
        (datetime(2024, 2, 1, 12, tzinfo=timezone(timedelta(hours=2))), "2024-02-01T10:00:00.000Z"),
        (datetime(2024, 2, 1, 12, 0, 0, 123456), "2024-02-01T12:00:00.123Z"),
    ],
)
def test_a_time_is_in_utc_and_to_the_millisecond(value: date, text: str) -> None:
    assert written(value) == text
