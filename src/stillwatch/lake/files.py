"""Files of a lake: written whole, synced to the disk, described by rows, size and hash."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.errors import SchemaMismatch
from stillwatch.lake.daily import Gathering
from stillwatch.lake.layout import PRINTS, ROWS_IN_GROUP, first_row
from stillwatch.model.exchanges import DAY, TIMESTAMP
from stillwatch.model.fingerprints import FINGERPRINTS

_NUMBERED = ["row", "line", "ts"]
"""Columns that grow slowly from row to row; the others repeat, or are hashes that nothing makes smaller."""

_REPEATING = [
    "account_id", "key_id", "model", "surface", "system_hash", "system_passages.list.element", "tools_hash",
    "skeleton_hash", "language", "capability", "params_hash", "status", "ip_hash", "prefix_hash", "asn", "country",
    "user_agent_hash", "ja4_hash", "source", "turns", "conversation_id", "prompt_words", "prompt_bytes",
    "response_bytes", "input_tokens", "output_tokens", "reasoning_tokens", "id_derived",
]  # fmt: skip

PACKING: Mapping[str, Any] = {
    "compression": "zstd", "compression_level": 1, "use_dictionary": _REPEATING,
    "column_encoding": dict.fromkeys(_NUMBERED, "DELTA_BINARY_PACKED"), "data_page_version": "2.0",
}  # fmt: skip
"""How fingerprints are written: options of pyarrow's ParquetWriter."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the lake, still where it was written: where, rows, bytes, SHA-256 in hexadecimal digits."""

    path: Path
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DayPart:
    """Fingerprints of one day, or of a part of it, ready to be added, and its DAILY_INDICATORS."""

    day: date
    part: int
    file: Written
    indicators: Written


def write_day(folder: Path, day: date, batches: Iterable[pa.RecordBatch], part: int = 0) -> DayPart:
    """One day's fingerprints as a file in `folder`, ready for `Writer.commit`. Several may be written at once.

    folder   the workspace of a `Writer`
    day      UTC day of every row
    batches  FINGERPRINTS (a further column `row` is replaced), of any length. The same rows in the same order
             give the same bytes, however they are cut
    part     which part of the day, from 0: a day may be written by several processes, a part each
    raises   SchemaMismatch when a column is missing or a row lies outside the day
    """
    path = folder / f"fingerprints-{day.isoformat()}-{part}.parquet"
    row = first_row(day, part)
    begin = first_row(day) // (1 << 47) * DAY
    rows = 0
    gathering = Gathering()
    with pq.ParquetWriter(path, PRINTS, **PACKING) as writer:
        for table in _groups(batches):
            times = table["ts"].cast(pa.int64())
            found = pc.min_max(times).as_py()
            if not begin <= found["min"] <= found["max"] < begin + DAY:
                raise SchemaMismatch(f"lake → {path.name}: a row lies outside {day.isoformat()}")
            numbers = pa.array(np.arange(row + rows, row + rows + len(table)))
            writer.write_table(
                pa.Table.from_arrays([*table.columns, numbers], schema=PRINTS), row_group_size=len(table)
            )
            gathering.see(table)
            rows += len(table)
    shown = write_table(folder / f"indicators-{day.isoformat()}-{part}.parquet", gathering.table())
    return DayPart(day, part, finished(path, rows), shown)


def write_table(path: Path, table: pa.Table) -> Written:
    """A small table as a file."""
    pq.write_table(table, path, compression="zstd")
    return finished(path, len(table))


def finished(path: Path, rows: int) -> Written:
    """The description of a file that is written, after its bytes have reached the disk."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return Written(path, rows, path.stat().st_size, digest)


def sync_folder(folder: Path) -> None:
    """Makes sure that the names in a folder have reached the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.Table]:
    """The rows in groups of ROWS_IN_GROUP, the last one shorter, as FINGERPRINTS."""
    waiting: list[pa.Table] = []
    held = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        table = pa.Table.from_batches([batch])
        missing = [name for name in FINGERPRINTS.names if name not in table.column_names]
        if missing:
            raise SchemaMismatch(f"lake: column {', '.join(missing)} is missing; found {table.column_names}")
        if table["ts"].type != TIMESTAMP:
            table = table.set_column(
                table.column_names.index("ts"), "ts", table["ts"].cast(pa.int64()).cast(TIMESTAMP)
            )
        waiting.append(table.select(FINGERPRINTS.names).cast(FINGERPRINTS))
        held += len(table)
        while held >= ROWS_IN_GROUP:
            whole = pa.concat_tables(waiting)
            yield whole.slice(0, ROWS_IN_GROUP).combine_chunks()
            waiting = [whole.slice(ROWS_IN_GROUP)]
            held -= ROWS_IN_GROUP
    if held:
        yield pa.concat_tables(waiting).combine_chunks()
