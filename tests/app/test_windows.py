"""Windows of time: what they hold, and those that hold nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from stillwatch.errors import InvalidConfiguration
from stillwatch.pipeline import Window

BEGIN = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_a_time_without_a_zone_is_of_utc() -> None:
    window = Window(BEGIN.replace(tzinfo=None), BEGIN.replace(tzinfo=None) + timedelta(hours=1))
    assert window == Window(BEGIN, BEGIN + timedelta(hours=1))


@pytest.mark.parametrize(
    "until", [BEGIN, BEGIN - timedelta(days=1), datetime(2026, 6, 1, 13, tzinfo=timezone(timedelta(hours=2)))]
)
def test_a_window_that_ends_before_it_begins_is_refused(until: datetime) -> None:
    with pytest.raises(InvalidConfiguration, match="begins at") as refused:
        Window(BEGIN, until)
    assert refused.value.hint is not None
    assert "--until" in refused.value.hint


def test_one_bound_is_enough() -> None:
    assert Window(BEGIN).until is None
    assert Window(until=BEGIN).since is None
