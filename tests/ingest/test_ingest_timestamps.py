"""Times in every usual form, one by one and as whole columns."""

from __future__ import annotations

import datetime
from datetime import UTC
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.ingest.timestamps import EARLIEST, LATEST, microseconds_of, to_microseconds
from stillwatch.ingest.values import UnreadableError

MOMENT = 1_772_323_445_678_901  # 2026-03-01T00:04:05.678901Z
SECOND = MOMENT // 1_000_000 * 1_000_000
EAST = datetime.timezone(datetime.timedelta(hours=2))

FORMS = [
    (datetime.datetime(2026, 3, 1, 0, 4, 5, 678901, tzinfo=UTC), MOMENT),
    (datetime.datetime(2026, 3, 1, 0, 4, 5, 678901), MOMENT),
    (datetime.datetime(2026, 3, 1, 2, 4, 5, 678901, tzinfo=EAST), MOMENT),
    (datetime.date(2026, 3, 1), SECOND - 245 * 1_000_000),
    ("2026-03-01T00:04:05.678901Z", MOMENT),
    ("2026-03-01T00:04:05.678901", MOMENT),
    ("2026-03-01T02:04:05.678901+02:00", MOMENT),
    ("2026-02-28T19:04:05.678901-0500", MOMENT),
    ("2026-03-01 00:04:05.678901+00", MOMENT),
    ("2026-03-01T00:04:05.678901999Z", MOMENT),
    ("2026-03-01T00:04:05,678901Z", MOMENT),
    ("2026-03-01 00:04:05", SECOND),
    (" 2026-03-01 00:04:05 ", SECOND),
    ("2026-03-01 00:04:05 UTC", SECOND),
    ("2026-03-01t00:04:05z", SECOND),
    ("20260301T000405Z", SECOND),
    ("2026/03/01 00:04:05", SECOND),
    ("2026-03-01", SECOND - 245 * 1_000_000),
    ("20260301", SECOND - 245 * 1_000_000),
    ("Sun, 01 Mar 2026 00:04:05 +0000", SECOND),
    ("Sun, 01 Mar 2026 02:04:05 +0200", SECOND),
    ("Sun, 01 Mar 2026 00:04:05 GMT", SECOND),
    ("01/Mar/2026:00:04:05 +0000", SECOND),
    (MOMENT // 1_000_000, SECOND),
    (MOMENT // 1_000, MOMENT // 1_000 * 1_000),
    (MOMENT, MOMENT),
    (MOMENT * 1_000 + 999, MOMENT),
    (float(MOMENT // 1_000_000), SECOND),
    (MOMENT / 1_000, MOMENT),
    (str(MOMENT // 1_000_000), SECOND),
    (str(MOMENT // 1_000), MOMENT // 1_000 * 1_000),
    (str(MOMENT), MOMENT),
    (f"{MOMENT}000", MOMENT),
    ("1772323445.5", SECOND + 500_000),
    ("1.772323445e9", SECOND),
    (Decimal("1772323445.5"), SECOND + 500_000),
]


@pytest.mark.parametrize(("form", "expected"), FORMS, ids=[repr(form)[:48] for form, _ in FORMS])
def test_every_usual_form_is_read(form: Any, expected: Any) -> None:
    assert to_microseconds(form) == expected


@pytest.mark.parametrize("missing", [None, "", "  ", float("nan")])
def test_missing_is_not_unreadable(missing: Any) -> None:
    assert to_microseconds(missing) is None


@pytest.mark.parametrize(
    "wrong",
    [True, "yesterday", "2026-13-01T00:00:00Z", "2026-02-30", "1999-01-01", "2100-01-01T00:00:00Z", 0, -1, 1_000_000_000,
     10**30, float("inf"), "99999999999999999999", "0001-01-01T00:00:00+23:59", {"a": 1}, [], b"x", "12:00", "x" * 500],
)  # fmt: skip
def test_what_is_no_time_is_refused(wrong: Any) -> None:
    with pytest.raises(UnreadableError):
        to_microseconds(wrong)


def test_the_window_is_half_open() -> None:
    assert to_microseconds(EARLIEST) == EARLIEST * 1_000_000
    assert to_microseconds(LATEST * 1_000_000 - 1) == LATEST * 1_000_000 - 1
    for outside in (EARLIEST - 1, LATEST):
        with pytest.raises(UnreadableError, match="2015 to 2100"):
            to_microseconds(outside)


def one_by_one(values: Any) -> Any:
    out = []
    for value in values:
        try:
            out.append(to_microseconds(value))
        except UnreadableError:
            out.append(None)
    return out


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_arrow_timestamps_of_every_unit_and_zone(unit: Any, zone: Any) -> None:
    moment = datetime.datetime(2026, 3, 1, 0, 4, 5, tzinfo=UTC)
    old = datetime.datetime(1970, 1, 1, tzinfo=UTC)
    if zone is None:
        moment, old = moment.replace(tzinfo=None), old.replace(tzinfo=None)
    column = pa.array([moment, None, old], pa.timestamp(unit, zone))
    assert microseconds_of(column).cast(pa.int64()).to_pylist() == [SECOND, None, None]


def test_a_timestamp_beyond_what_microseconds_hold_is_outside() -> None:
    assert microseconds_of(pa.array([2**62], pa.timestamp("s"))).null_count == 1


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_dates_are_midnights(kind: Any) -> None:
    column = pa.array([datetime.date(2026, 3, 1)], kind)
    assert microseconds_of(column).cast(pa.int64()).to_pylist() == [SECOND - 245 * 1_000_000]


numbers = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    *(st.integers((EARLIEST - 9) * unit, (LATEST + 9) * unit) for unit in (1, 1_000, 1_000_000)),
    st.integers((EARLIEST - 9) * 10**9, 2**63 - 1),
)


@settings(deadline=None)
@given(st.lists(st.none() | numbers, min_size=1))
def test_a_column_of_integers_reads_as_its_values_do(values: Any) -> None:
    assert microseconds_of(pa.array(values, pa.int64())).cast(pa.int64()).to_pylist() == one_by_one(values)


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(0, 2**64 - 1), min_size=1))
def test_a_column_of_unsigned_integers_reads_as_its_values_do(values: Any) -> None:
    assert microseconds_of(pa.array(values, pa.uint64())).cast(pa.int64()).to_pylist() == one_by_one(values)


@settings(deadline=None)
@given(st.lists(st.none() | st.floats(allow_nan=True) | numbers.map(float), min_size=1))
def test_a_column_of_floats_reads_as_its_values_do(values: Any) -> None:
    column = pa.array(values, pa.float64())
    assert microseconds_of(column).cast(pa.int64()).to_pylist() == one_by_one(values)


texts = st.one_of(
    st.sampled_from([form for form, _ in FORMS if isinstance(form, str)]),
    st.datetimes(timezones=st.none() | st.just(UTC) | st.just(EAST)).map(str),
    st.datetimes(timezones=st.none() | st.just(UTC)).map(datetime.datetime.isoformat),
    st.text(max_size=30),
    numbers.map(str),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.none() | texts, min_size=1, max_size=6))
def test_a_column_of_texts_reads_as_its_values_do(values: Any) -> None:
    assert microseconds_of(pa.array(values, pa.string())).cast(pa.int64()).to_pylist() == one_by_one(values)
