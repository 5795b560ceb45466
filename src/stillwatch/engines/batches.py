"""Batches in threads, and batches that hold whole groups of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import numpy as np
import pyarrow as pa

T = TypeVar("T")
R = TypeVar("R")


def in_order(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """Results in the order of the items, with at most `threads` + 1 of them under way."""
    if threads <= 1:
        yield from map(work, items)
        return
    source = iter(items)
    with ThreadPoolExecutor(threads, thread_name_prefix="batches") as pool:
        waiting: list[Future[R]] = [pool.submit(work, item) for item in islice(source, threads + 1)]
        while waiting:
            done = waiting.pop(0).result()
            for item in islice(source, 1):
                waiting.append(pool.submit(work, item))
            yield done


def whole_groups(batches: Iterable[pa.RecordBatch], column: str) -> Iterator[pa.RecordBatch]:
    """The rows in new batches, none of which ends between two rows that are equal in `column`.

    batches  rows that are equal in the column, which holds numbers, come one after the other
    """
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        if batch.num_rows == 0:
            continue
        numbers = batch[column].to_numpy()
        changes = np.flatnonzero(numbers[1:] != numbers[:-1])
        cut = int(changes[-1]) + 1 if len(changes) else 0
        if waiting and (cut or waiting[0][column][0] != batch[column][0]):
            yield pa.concat_batches([*waiting, batch.slice(0, cut)])
            waiting, batch = [], batch.slice(cut)
        elif cut:
            yield batch.slice(0, cut)
            batch = batch.slice(cut)
        waiting.append(batch)
    if waiting:
        yield pa.concat_batches(waiting)
