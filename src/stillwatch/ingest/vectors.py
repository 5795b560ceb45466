"""Whole columns to the types of the tables; what Arrow can't read at once is read value by value.

The quick ways below accept only what `values` reads to the same result, so that a row means the same
whichever way its column took.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.ingest import values as one
from stillwatch.ingest.chat import response_text, text_of, tools_json
from stillwatch.ingest.timestamps import microseconds_of, to_microseconds
from stillwatch.ingest.values import UnreadableError
from stillwatch.model.exchanges import ACCOUNTS, EXCHANGES, TIMESTAMP

Raw: TypeAlias = "pa.Array | list[Any]"
"""A column as its file holds it: Arrow values, or Python values from JSON."""

_INTEGERS = r"^-?[0-9]{1,18}$"


def _either(objects: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
    def read(value: Any) -> str | None:
        return objects(value) if isinstance(value, (dict, list)) else one.to_text(value)

    return read


READERS: dict[str, Callable[[Any], Any]] = {
    "ts": to_microseconds,
    "created_at": to_microseconds,
    "banned_at": to_microseconds,
    "system": _either(text_of),
    "prompt": _either(text_of),
    "response": _either(response_text),
    "tools": _either(tools_json),
    "turns": one.to_int32,
    "input_tokens": one.to_count,
    "output_tokens": one.to_count,
    "reasoning_tokens": one.to_count,
    "max_tokens": one.to_count,
    "temperature": one.to_float,
    "stream": one.to_bool,
    "verified": one.to_bool,
    "status": one.to_int32,
    "asn": one.to_asn,
}
"""How one value of a column is read; columns not named here hold text."""

_TYPES: dict[str, pa.DataType] = {
    field.name: field.type for schema in (ACCOUNTS, EXCHANGES) for field in schema
}


def reader_of(column: str) -> Callable[[Any], Any]:
    """The function that reads one value of a column, raising UnreadableError where it can't."""
    return READERS.get(column, one.to_text)


def read_column(column: str, raw: Raw) -> pa.Array:
    """The column in its table's type, null where a value is missing or can't be read."""
    kind = _TYPES[column]
    if isinstance(raw, list):
        raw = _uniform(raw)
    if not isinstance(raw, list):
        raw = _plain(raw)
        quick = _quick(column, kind, raw)
        if quick is not None:
            return quick
        if kind != pa.string() and (pa.types.is_string(raw.type) or pa.types.is_floating(raw.type)):
            distinct = raw.dictionary_encode()
            return _one_by_one(column, kind, distinct.dictionary.to_pylist()).take(distinct.indices)
        raw = cells(raw)
    return _one_by_one(column, kind, raw)


def count_unread(raw: Raw, read: pa.Array) -> int:
    """How many values were there, not empty, and came out as null."""
    if read.null_count == 0:
        return 0
    if isinstance(raw, list):
        nulls = np.asarray(read.is_null())
        return sum(
            1 for i in np.flatnonzero(nulls) if raw[i] not in (None, "", b"", [], {}) and raw[i] == raw[i]
        )
    if raw.null_count == len(raw):
        return 0
    lost = raw.filter(pc.and_(read.is_null(), raw.is_valid()))
    if pa.types.is_temporal(raw.type):
        return len(lost)
    return count_unread(cells(lost), pa.nulls(len(lost))) if len(lost) else 0


def cells(raw: pa.Array) -> list[Any]:
    """The values as Python's own; a time, whose value Python may not hold, is only shown to be one."""
    if pa.types.is_temporal(raw.type):
        return [date.min if valid else None for valid in raw.is_valid().to_pylist()]
    try:
        return list(raw.to_pylist())
    except (ValueError, OverflowError):
        return [_cell(value) for value in raw]


def _cell(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except (ValueError, OverflowError):
        return date.min


def _one_by_one(column: str, kind: pa.DataType, raw: list[Any]) -> pa.Array:
    read = reader_of(column)
    out: list[Any] = []
    for value in raw:
        try:
            out.append(read(value))
        except UnreadableError:
            out.append(None)
    return pa.array(out, pa.int64()).cast(kind) if kind == TIMESTAMP else pa.array(out, kind)


def _uniform(raw: list[Any]) -> Raw:
    """Python values of one plain type as Arrow values of that type; others as they are."""
    kinds = set(map(type, raw)) - {type(None)}
    if not kinds:
        return pa.nulls(len(raw))
    if len(kinds) == 1 and (kind := kinds.pop()) in _ARROW:
        try:
            return pa.array(raw, _ARROW[kind])
        except (pa.ArrowException, OverflowError, UnicodeEncodeError):
            return raw
    return raw


_ARROW = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


def _plain(raw: pa.Array) -> pa.Array:
    """The array with dictionaries opened and every kind of string and bytes in one form."""
    if isinstance(raw, pa.ChunkedArray):
        raw = raw.combine_chunks()
    if isinstance(raw, pa.ExtensionArray):
        if raw.type.extension_name == "arrow.uuid":
            return pa.array([None if value is None else str(value) for value in raw.to_pylist()], pa.string())
        raw = raw.storage
    if pa.types.is_dictionary(raw.type):
        raw = raw.dictionary_decode()
    kind = raw.type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        raw = raw.cast(pa.string())
    elif (
        pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind)
    ):
        raw = raw.cast(pa.binary())
    if pa.types.is_binary(raw.type):
        try:
            return raw.cast(pa.string())
        except pa.ArrowInvalid:
            return _decoded(raw)
    if pa.types.is_string(raw.type):
        try:
            raw.validate(full=True)
        except pa.ArrowInvalid:
            return _decoded(raw.cast(pa.binary()))
    return raw


def _decoded(raw: pa.Array) -> pa.Array:
    return pa.array([v if v is None else v.decode("utf-8", "replace") for v in raw.to_pylist()], pa.string())


def _quick(column: str, kind: pa.DataType, raw: pa.Array) -> pa.Array | None:
    """The column read by Arrow alone, or None where it needs reading value by value."""
    found = raw.type
    if pa.types.is_null(found):
        return pa.nulls(len(raw), kind)
    if kind == TIMESTAMP:
        return microseconds_of(raw)
    if pa.types.is_temporal(found):
        return pa.nulls(len(raw), kind)
    if kind == pa.string():
        if pa.types.is_string(found):
            return _texts(raw)
        return raw.cast(pa.string()) if pa.types.is_integer(found) else None
    if kind == pa.bool_():
        return raw if pa.types.is_boolean(found) else None
    if kind == pa.float64():
        if pa.types.is_integer(found):
            return raw.cast(kind, safe=False)
        if not pa.types.is_floating(found):
            return None
        raw = raw.cast(kind)
        return pc.if_else(pc.is_finite(raw), raw, pa.scalar(None, kind))
    return _integers(column, kind, raw)


def _integers(column: str, kind: pa.DataType, raw: pa.Array) -> pa.Array | None:
    if pa.types.is_string(raw.type):
        fits = pc.all(pc.match_substring_regex(raw, _INTEGERS)).as_py()
        if fits is False:
            return None
        raw = raw.cast(pa.int64())
    if not pa.types.is_integer(raw.type):
        return None
    try:
        out = raw.cast(kind)
    except pa.ArrowInvalid:
        return None
    bound = one.BOUNDS.get(reader_of(column))
    if bound is not None:
        inside = pc.and_(
            pc.greater_equal(out, pa.scalar(0, kind)), pc.less(out, pa.scalar(bound, pa.int64()))
        )
        out = pc.if_else(inside, out, pa.scalar(None, kind))
    return out


def _texts(raw: pa.Array) -> pa.Array:
    """Strings without NUL; empty ones are null."""
    offsets = (
        np.frombuffer(raw.buffers()[1], np.int32, len(raw) + 1, raw.offset * 4) if len(raw) else np.zeros(1)
    )
    start, stop = int(offsets[0]), int(offsets[-1])
    data = raw.buffers()[2]
    if stop > start and np.frombuffer(data, np.uint8, stop - start, start).min() == 0:
        raw = pc.replace_substring(raw, "\0", " ")
    if (np.diff(offsets) == 0).any():
        raw = pc.if_else(pc.equal(pc.binary_length(raw), 0), pa.scalar(None, pa.string()), raw)
    return raw
