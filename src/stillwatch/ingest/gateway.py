"""What the mappers of gateway and tracing formats share: rows in, canonical values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.ingest.chat import REDACTED
from stillwatch.ingest.chunks import Chunk, Rejected, Row
from stillwatch.ingest.timestamps import microseconds_of
from stillwatch.ingest.vectors import cells


@dataclass(frozen=True, slots=True)
class Mapped:
    """Rows of a producer in canonical columns.

    rows     canonical column → value, as found
    origins  what each row was made from: column maps and excerpts look here
    lines    (n,) where each stood
    """

    rows: tuple[Row, ...]
    origins: tuple[Mapping[str, Any], ...]
    lines: np.ndarray[Any, np.dtype[np.int64]]
    rejected: tuple[Rejected, ...] = ()
    skipped: tuple[tuple[str, int], ...] = ()


def rows_of(chunk: Chunk) -> list[Row]:
    """The rows of a chunk as objects; times are microseconds since 1970, bytes are UTF-8."""
    if isinstance(chunk.data, list):
        return chunk.data
    columns: dict[str, list[Any]] = {}
    for name, column in zip(chunk.data.schema.names, chunk.data.columns, strict=True):
        if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
            column = microseconds_of(column).cast(pa.int64())
        values = cells(column)
        if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            values = [value if value is None else value.decode("utf-8", "replace") for value in values]
        columns[name] = values
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def first(*values: Any) -> Any:
    """The first value that says something; None when none does."""
    return next((value for value in values if value not in (None, "", [], {}) and not _redacted(value)), None)


def inside(value: Any, *keys: str) -> Any:
    """What stands under nested keys, None where one is not there."""
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def client_address(value: Any) -> Any:
    """The client's own address of what proxies wrote: the first of a list of addresses."""
    return value.split(",")[0].strip() if isinstance(value, str) else value


def _redacted(value: Any) -> bool:
    return isinstance(value, str) and value in REDACTED
