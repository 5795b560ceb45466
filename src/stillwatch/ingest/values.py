"""One value at a time: what a log may hold where a text, a number or a truth is meant."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

MAX_TEXT = 64 << 20
"""Bytes that one line, one row or one text may have."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")
_TRUE = frozenset({"true", "t", "yes", "y", "1", "on"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "off"})
_INT64 = 1 << 63


class UnreadableError(ValueError):
    """A value that can't be read as what its column means."""


def clean_text(text: str) -> str:
    """The text as UTF-8 can hold it: NUL becomes a space, half a surrogate pair U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", " ")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def to_text(value: Any) -> str | None:
    """The value as an identifier or text; None for a missing or empty one.

    raises  UnreadableError for a truth, a time, an object or an array
    """
    if isinstance(value, str):
        return clean_text(value) or None
    if value is None:
        return None
    if isinstance(value, bool):
        raise UnreadableError("a boolean")
    if isinstance(value, int):
        return str(value) if abs(value) < _INT64 << 64 else _reject("an integer out of range")
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, bytes):
        return clean_text(value.decode("utf-8", "replace")) or None
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    raise UnreadableError(kind_of(value))


def to_integer(value: Any) -> int | None:
    """The value as a 64-bit integer; None for a missing one.

    raises  UnreadableError when it has a fraction, is no number, or needs more than 64 bits
    """
    number = _whole(value)
    if number is not None and not -_INT64 <= number < _INT64:
        raise UnreadableError("an integer out of range")
    return number


def to_count(value: Any) -> int | None:
    """The value as a number of tokens, 0 … 2³¹ - 1: sums over any log stay within 64 bits."""
    return _below(BOUNDS[to_count], to_integer(value))


def to_int32(value: Any) -> int | None:
    """The value as a 32-bit integer."""
    number = to_integer(value)
    if number is not None and not -(1 << 31) <= number < 1 << 31:
        raise UnreadableError("an integer out of range")
    return number


def to_asn(value: Any) -> int | None:
    """The value as the number of an autonomous system; `AS13335` is read too."""
    if isinstance(value, str) and value.strip()[:2].upper() == "AS":
        value = value.strip()[2:]
    return _below(BOUNDS[to_asn], to_integer(value))


def _below(bound: int, number: int | None) -> int | None:
    if number is not None and number < 0:
        raise UnreadableError("a negative count")
    if number is not None and number >= bound:
        raise UnreadableError("an integer out of range")
    return number


BOUNDS: dict[Reader, int] = {to_count: 1 << 31, to_asn: 1 << 32}
"""What reads numbers from 0 on, and the first that is too large for it."""


def to_float(value: Any) -> float | None:
    """The value as a finite number; None for a missing one."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise UnreadableError(kind_of(value))
    if isinstance(value, str) and "_" in value:  # Python's own way to group digits, nobody else's
        raise UnreadableError("no number")
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise UnreadableError("no number") from error
    if not math.isfinite(number):
        raise UnreadableError("no finite number")
    return number


def to_bool(value: Any) -> bool | None:
    """The value as a truth: booleans, 0 and 1, and the usual English words in any case."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    raise UnreadableError("no truth value")


def kind_of(value: Any) -> str:
    """The word for a value's type, as an excerpt names it."""
    if value is None:
        return "null"
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return "other"


def _whole(value: Any) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise UnreadableError("a boolean")
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        text = value.strip()
        if _INTEGER.fullmatch(text):
            return int(text) if len(text) <= 40 else _reject("an integer out of range")
        value = to_float(text)
    if isinstance(value, Decimal):
        value = to_float(value)
    if isinstance(value, float):
        if math.isnan(value):
            return None
        if value.is_integer():
            return int(value)
    raise UnreadableError("no whole number")


def _reject(what: str) -> Any:
    raise UnreadableError(what)


_KINDS: tuple[tuple[Any, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    ((float, Decimal), "number"),
    (str, "string"),
    (bytes, "binary"),
    ((datetime, date), "time"),
    (dict, "object"),
    ((list, tuple), "array"),
)

Reader = Callable[[Any], Any]
