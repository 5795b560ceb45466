"""What passes from the readers of files to the normaliser: rows as found, and rows that could not be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.ingest.values import kind_of
from stillwatch.model.exchanges import QUARANTINE

PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,47}")
_KEYS_SHOWN = 32

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that goes to quarantine. The excerpt holds keys and types, never a value."""

    line: int
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of one file, in its order.

    data      Arrow columns as the file holds them, or one object a row
    lines     (n,) int64, the 1-based line or row of each
    rejected  rows that are not in `data`
    again     for quick readings: the same rows read with care, as objects; asked for when a row turns out bad
    skipped   what stood in the file and is no row: why, how often
    """

    data: pa.RecordBatch | list[Row]
    lines: np.ndarray[Any, np.dtype[np.int64]]
    rejected: tuple[Rejected, ...] = ()
    again: Callable[[], Chunk] | None = None
    skipped: tuple[tuple[str, int], ...] = ()


def rows_chunk(rows: Sequence[tuple[int, Row]], rejected: Sequence[Rejected]) -> Chunk:
    """A chunk of objects, each with its line."""
    return Chunk([row for _, row in rows], np.array([line for line, _ in rows], np.int64), tuple(rejected))


def excerpt_of(row: Mapping[str, Any]) -> str:
    """A row's keys and the types of its values; keys that are no plain names are only counted."""
    plain = [key for key in row if isinstance(key, str) and PLAIN_KEY.fullmatch(key)]
    shown = [f"{key} {kind_of(row[key])}" for key in plain[:_KEYS_SHOWN]]
    others = len(row) - len(shown)
    return ", ".join(shown + ([f"and {others} more"] if others else [])) or "no keys"


def quarantine_batch(source: str, rejected: Sequence[Rejected]) -> pa.RecordBatch:
    """QUARANTINE rows of one file."""
    return pa.record_batch(
        [
            pa.array([source] * len(rejected), pa.string()),
            pa.array([row.line for row in rejected], pa.int64()),
            pa.array([row.reason for row in rejected], pa.string()),
            pa.array([row.excerpt for row in rejected], pa.string()),
        ],
        schema=QUARANTINE,
    )


Counts = Counter[str]
