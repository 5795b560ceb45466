"""Batches in threads, and batches that hold whole groups of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice, pairwise
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

T = TypeVar("T")
R = TypeVar("R")

FEW = 256
"""Rows of a batch that belong together and lie together, at least and on average, to be cut out and not sorted."""


def in_order(work: Callable[[T], R], items: Iterable[T], threads: int, ahead: int = 1) -> Iterator[R]:
    """Results in the order of the items, with at most `threads` + `ahead` of them under way.

    ahead  so many wait to be worked on: where items come in heaps, with a pause before each, as many as a heap holds
    """
    if threads <= 1:
        yield from map(work, items)
        return
    source = iter(items)
    with ThreadPoolExecutor(threads, thread_name_prefix="batches") as pool:
        waiting: list[Future[R]] = [pool.submit(work, item) for item in islice(source, threads + ahead)]
        while waiting:
            done = waiting.pop(0).result()
            for item in islice(source, 1):
                waiting.append(pool.submit(work, item))
            yield done


Pile = list[pa.RecordBatch]


def in_piles(batches: Iterable[pa.RecordBatch], column: str, rows: int, most: int) -> Iterator[Pile] | None:
    """Piles of about so many rows: all that are equal in the column, which holds small numbers, are in one.

    None where the batches take more than `most` bytes: all of them are held, and lie where they are.
    """
    held: Pile = []
    size = 0
    for batch in batches:
        if batch.num_rows:
            held.append(batch)
            size += batch.nbytes
        if size > most:
            return None
    return _piled(held, column, rows)


def _piled(held: Pile, column: str, rows: int) -> Iterator[Pile]:
    if not held:
        return
    numbers = [batch[column].to_numpy() for batch in held]
    low = min(int(each.min()) for each in numbers)
    counts = np.zeros(max(int(each.max()) for each in numbers) - low + 1, np.int64)
    for each in numbers:
        counts += np.bincount(each - low, minlength=len(counts))
    pile_of = (np.cumsum(counts) - counts) // rows
    piles: list[Pile] = [[] for _ in range(int(pile_of[-1]) + 1)]
    while held:
        batch, pile = held.pop(), pile_of[numbers.pop() - low]
        edges = _edges(pile)
        if FEW * len(edges) > len(pile) and (pile[1:] < pile[:-1]).any():
            order = np.argsort(pile, kind="stable")
            batch, pile = batch.take(pa.array(order)), pile[order]
            edges = _edges(pile)
        for begin, end in pairwise(edges):
            piles[pile[begin]].append(batch.slice(begin, end - begin))
    piles.reverse()
    while piles:
        pile = piles.pop()
        if pile:
            yield pile


def _edges(pile: NDArray[np.int64]) -> list[int]:
    """Where rows of one pile begin and end."""
    found: list[int] = np.r_[0, np.flatnonzero(pile[1:] != pile[:-1]) + 1, len(pile)].tolist()
    return found


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


def by_number(table: pa.Table, column: str, numbers: Iterable[int]) -> dict[int, pa.Table]:
    """For each of some numbers the table's rows that have it in the column, where they lie: no row is copied.

    column  numbers, equal ones mostly side by side
    """
    found: dict[int, list[pa.RecordBatch]] = {number: [] for number in numbers}
    for batch in table.to_batches():
        told = batch[column].to_numpy()
        edges = np.r_[0, np.flatnonzero(told[1:] != told[:-1]) + 1, len(told)].tolist()
        for begin, end in pairwise(edges):
            if end > begin and told[begin] in found:
                found[told[begin]].append(batch.slice(begin, end - begin))
    return {number: pa.Table.from_batches(batches, table.schema) for number, batches in found.items()}
