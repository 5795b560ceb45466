"""Long results as tables that take no memory: in a file whose pages come and go as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa

HELD_BYTES = 64 << 20
"""A result of no more than about so much is simply held."""


def mapped(batches: Iterator[pa.RecordBatch], schema: pa.Schema, path: Path) -> pa.Table:
    """The batches as one table, which is held where it is small and otherwise lies in a file.

    batches  of `schema`; never held together where they have more than HELD_BYTES
    path     where the file would go, in the place of one that was there. It may be removed at any time: the table
             stays what it is, and the disk is given back when neither is there any more
    raises   OSError where the disk is full
    """
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += batch.nbytes
        if size > HELD_BYTES:
            break
    else:
        return pa.Table.from_batches(held, schema)
    # Who still reads the file that was there before keeps it.
    path.unlink(missing_ok=True)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in chain(held, batches):
            writer.write_batch(batch)
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
