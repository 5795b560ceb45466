"""What each two rows have in common, some rows at a time: all pairs at once may not fit memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

PAIRS = 1 << 22
"""Pairs of rows that are looked at together, unless one row alone has more."""


def products(rows: csr_array) -> Iterator[tuple[slice, csr_array]]:
    """Spans of rows, and the product of each with the transpose of all, in order.

    rows  (n, m); the products have n columns and one row for each of the span's
    """
    columns = csr_array(rows.T)
    for span in spans(rows, columns):
        yield span, csr_array(rows[span] @ columns)


def spans(rows: csr_array, columns: csr_array) -> list[slice]:
    """Spans of rows that have about PAIRS pairs together; `columns` is the transpose."""
    reached = np.concatenate([[0], np.cumsum(np.diff(columns.indptr)[rows.indices])])[rows.indptr[1:]]
    ends = np.flatnonzero(np.diff(reached // PAIRS)) + 1
    return [slice(begin, end) for begin, end in pairwise([0, *ends.tolist(), rows.shape[0]])]


def in_common(
    sets: Sequence[NDArray[np.int64]], universe: int
) -> Iterator[tuple[NDArray[np.integer], NDArray[np.int64]]]:
    """For each set in turn: the sets, itself included, that share anything with it, and how much they share.

    sets      numbers 0..universe-1, each once in a set
    """
    if not sets:
        return
    shows = stacked(sets, [np.ones(len(each), dtype=np.int64) for each in sets], universe)
    for _, shared in products(shows):
        for begin, end in pairwise(shared.indptr):
            yield shared.indices[begin:end], shared.data[begin:end]


def stacked(sets: Sequence[NDArray[np.int64]], values: Sequence[NDArray[Any]], universe: int) -> csr_array:
    """(sets, universe) the value of each thing in each set."""
    indptr = np.cumsum([0, *(len(each) for each in sets)])
    return csr_array((np.concatenate(values), np.concatenate(sets), indptr), shape=(len(sets), universe))
