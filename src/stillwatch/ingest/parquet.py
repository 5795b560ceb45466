"""Parquet files, a bounded piece of a row group at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.errors import InvalidInput
from stillwatch.ingest.chunks import Chunk
from stillwatch.ingest.files import Found

ROWS = 32_768
BYTES = 32 << 20
_BUFFER = 1 << 20


def describe(item: Found) -> tuple[pa.Schema, int]:
    """The file's columns and number of rows; raises InvalidInput when its footer can't be read."""
    with _guarded(item), _open(item) as file:
        return file.schema_arrow, file.metadata.num_rows


def read(item: Found, wanted: Sequence[str]) -> Iterator[Chunk]:
    """The wanted columns of every row, some 32,768 rows or 32 MiB at a time.

    raises  InvalidInput when a page can't be read
    """
    line = 1
    waiting: list[pa.RecordBatch] = []
    for batch in _pieces(item, list(wanted)):
        waiting.append(batch)
        rows = sum(piece.num_rows for piece in waiting)
        if rows >= ROWS or sum(piece.nbytes for piece in waiting) >= BYTES:
            yield _chunk(waiting, line)
            line += rows
            waiting = []
    if waiting:
        yield _chunk(waiting, line)


def _pieces(item: Found, wanted: list[str]) -> Iterator[pa.RecordBatch]:
    """Small batches: how wide a row is shows only once its dictionaries are opened."""
    with _guarded(item), _open(item) as file:
        left = file.metadata.num_rows
        for group in range(file.num_row_groups):
            width = max(1, _width(file.metadata.row_group(group)))
            rows = max(1, min(ROWS // 8, BYTES // width))
            for batch in file.iter_batches(rows, row_groups=[group], columns=wanted, use_threads=False):
                left -= batch.num_rows
                yield batch
        if left:
            raise ValueError(f"it holds {abs(left)} rows {'fewer' if left > 0 else 'more'} than it says")


def _chunk(waiting: list[pa.RecordBatch], line: int) -> Chunk:
    batch = waiting[0] if len(waiting) == 1 else pa.concat_batches(waiting)
    return Chunk(batch, np.arange(line, line + batch.num_rows, dtype=np.int64))


def _width(meta: Any) -> int:
    """Bytes that a row takes, unpacked but for dictionaries.

    The whole group tells them: to ask for its columns one by one ends the process where the footer is damaged, since Arrow
    throws there what Python never sees.
    """
    return int(meta.total_byte_size // max(1, meta.num_rows))


def _open(item: Found) -> Any:
    import pyarrow.parquet as pq  # heavy, and other formats do without it

    return pq.ParquetFile(str(item.path), buffer_size=_BUFFER, pre_buffer=False)


@contextmanager
def _guarded(item: Found) -> Iterator[None]:
    """Whatever Arrow says of a damaged file, as InvalidInput."""
    try:
        yield
    except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
        said = str(error).split("\n")[0][:200]
        raise InvalidInput(
            f"{item.name}: a Parquet file that ends early or is damaged ({said})",
            hint="write or fetch the file again; a Parquet file can only be read once it has been closed",
        ) from error
