"""Times in every form that logs write them, to UTC microseconds."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.ingest.values import UnreadableError, kind_of
from stillwatch.model.exchanges import TIMESTAMP

EARLIEST = 1_420_070_400
LATEST = 4_102_444_800
"""Seconds since 1970: a time must lie in [2015-01-01, 2100-01-01). The window is also what tells seconds from
milli-, micro- and nanoseconds, for in no two of these units can one number mean a time inside it."""

_UNITS: tuple[tuple[int, int | None], ...] = (
    (1, 1_000_000),
    (1_000, 1_000),
    (1_000_000, 1),
    (1_000_000_000, None),
)
"""(units in a second, microseconds in a unit; None for nanoseconds)"""
_BY_NAME = dict(zip(("s", "ms", "us", "ns"), _UNITS, strict=True))

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,3})?")
_OUTSIDE = "lies outside 2015 to 2100"


def to_microseconds(value: Any) -> int | None:
    """UTC microseconds since 1970 of one value; None for a missing one.

    value   a datetime (without zone: UTC), a date, an epoch in s, ms, µs or ns as a number or its text,
            ISO 8601 with or without zone, `YYYY-MM-DD HH:MM:SS`, RFC 2822, the time of a common log line
    raises  UnreadableError when it is none of these or lies outside 2015 to 2100
    """
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "" or value != value:  # a NaN is not itself
        return None
    if isinstance(value, bool):
        raise UnreadableError("is a boolean, not a time")
    if isinstance(value, (int, float, Decimal)):
        return _from_epoch(value)
    if isinstance(value, str):
        if _NUMBER.fullmatch(value):
            whole = value.lstrip("+-").isdigit()
            if not (whole and len(value) == 8):
                return _from_epoch(int(value) if whole else float(value))
        return _from_datetime(_from_text(value))
    if isinstance(value, datetime):
        return _from_datetime(value)
    if isinstance(value, date):
        return _from_datetime(datetime(value.year, value.month, value.day, tzinfo=UTC))
    raise UnreadableError(f"is of type {kind_of(value)}, not a time")


def microseconds_of(values: pa.Array) -> pa.Array:
    """Times of a whole column, null where `to_microseconds` finds none or raises.

    values  timestamps, dates, numbers or strings
    """
    kind = values.type
    if pa.types.is_date(kind):
        values = values.cast(pa.timestamp("s" if pa.types.is_date32(kind) else "ms"))
        kind = values.type
    if pa.types.is_timestamp(kind):
        return _epochs(values.cast(pa.int64()), floating=False, units=(_BY_NAME[kind.unit],))
    if pa.types.is_integer(kind):
        return _epochs(values, floating=False)
    if pa.types.is_floating(kind):
        return _epochs(values.cast(pa.float64()), floating=True)
    if pa.types.is_string(kind):
        values = pc.if_else(pc.equal(values, ""), None, values)
        for zoned in ("UTC", None):
            try:
                return _inside(values.cast(pa.timestamp("ns", tz=zoned)).cast(TIMESTAMP, safe=False))
            except pa.ArrowInvalid:
                continue
    return _one_by_one(values)


def _one_by_one(values: pa.Array) -> pa.Array:
    out: list[int | None] = []
    for value in values.to_pylist():
        try:
            out.append(to_microseconds(value))
        except UnreadableError:
            out.append(None)
    return pa.array(out, pa.int64()).cast(TIMESTAMP)


def _inside(times: pa.Array) -> pa.Array:
    micros = times.cast(pa.int64())
    good = pc.and_(
        pc.greater_equal(micros, pa.scalar(EARLIEST * 1_000_000, pa.int64())),
        pc.less(micros, pa.scalar(LATEST * 1_000_000, pa.int64())),
    )
    return (
        times if pc.all(good).as_py() in (True, None) else pc.if_else(good, times, pa.scalar(None, TIMESTAMP))
    )


def _epochs(
    values: pa.Array, *, floating: bool, units: tuple[tuple[int, int | None], ...] = _UNITS
) -> pa.Array:
    missing = np.asarray(values.is_null())
    filled = values.fill_null(0)
    if pa.types.is_uint64(values.type):
        filled = pc.if_else(
            pc.greater(filled, pa.scalar(2**62, pa.uint64())), pa.scalar(0, pa.uint64()), filled
        )
    numbers = filled.to_numpy(zero_copy_only=False).astype(np.float64 if floating else np.int64)
    micros = np.zeros(len(numbers), np.int64)
    found = np.zeros(len(numbers), bool)
    for per_second, scale in units:
        with np.errstate(invalid="ignore"):
            here = (numbers >= EARLIEST * per_second) & (numbers < LATEST * per_second)
        chosen = numbers[here]
        if scale is None:
            micros[here] = np.floor(chosen / 1000) if floating else chosen // 1000
        else:
            micros[here] = np.rint(chosen * scale) if floating else chosen * scale
        found |= here
    return pa.array(micros, mask=missing | ~found).cast(TIMESTAMP)


def _from_epoch(value: int | float | Decimal) -> int:
    number = int(value) if isinstance(value, int) else float(value)
    for per_second, scale in _UNITS:
        if EARLIEST * per_second <= number < LATEST * per_second:
            if scale is None:
                return number // 1000 if isinstance(number, int) else math.floor(number / 1000)
            return round(number * scale)
    raise UnreadableError(_OUTSIDE)


def _from_datetime(value: datetime) -> int:
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    try:
        micros = (value - _EPOCH) // timedelta(microseconds=1)
    except OverflowError as error:
        raise UnreadableError(_OUTSIDE) from error
    if not EARLIEST * 1_000_000 <= micros < LATEST * 1_000_000:
        raise UnreadableError(_OUTSIDE)
    return micros


def _from_text(text: str) -> datetime:
    if len(text) > 64:
        raise UnreadableError("can't be read as a time")
    plain = text.upper()
    for name in (" UTC", " GMT"):
        if plain.endswith(name) and plain[0].isdigit():
            plain = plain.removesuffix(name) + "Z"
    if plain[4:5] == "/":
        plain = plain.replace("/", "-", 2)
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        pass
    try:
        return datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise UnreadableError("can't be read as a time") from error
