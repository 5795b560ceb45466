"""Rows of a group in disjoint pairs, the directions in which they differ, and how alike those of a group are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, read_only, step

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@step
def _pair(rows: Any, begin: Any, end: Any, number: Any, rounds: Any, mate: Any) -> None:
    """Row begin..end-1 of `rows` in pairs: the mate of the earlier row is the later one, that of the later -2."""
    length = end - begin
    turn = 1 + number * max(length - 1, 1) // rounds
    for place in range(length):
        partner = (turn - place) % length
        if place < partner:
            mate[rows[begin + place]] = rows[begin + partner]
            mate[rows[begin + partner]] = -2


@entry
def _differences(
    vectors: Any, rows: Any, ends: Any, sorted_rows: Any, variant: Any, wanted: Any, number: Any, rounds: Any,
    most: Any, unit: Any, mate: Any, out: Any, counts: Any,
) -> Any:  # fmt: skip
    found = 0
    width = vectors.shape[1]
    left_over = np.empty(len(rows), np.int64)
    for index in range(len(wanted)):
        first, last = ends[wanted[index]], ends[wanted[index] + 1]
        for place in range(first, last):
            mate[rows[place]] = -1
        begin = first
        for place in range(first + 1, last + 1):
            if place == last or variant[sorted_rows[place]] != variant[sorted_rows[begin]]:
                _pair(sorted_rows, begin, place, number, rounds, mate)
                begin = place
        left = 0
        for place in range(first, last):
            if mate[rows[place]] == -1:
                left_over[left] = rows[place]
                left += 1
        _pair(left_over, 0, left, number, rounds, mate)
        kept = 0
        for place in range(first, last):
            row = rows[place]
            other = mate[row]
            if other < 0 or kept == most:
                continue
            squared = 0.0
            for k in range(width):
                step = vectors[row, k] - vectors[other, k]
                squared += step * step
            length = np.sqrt(squared)
            if length > 1e-6:
                for k in range(width):
                    out[found, k] = np.rint((vectors[row, k] - vectors[other, k]) / length * unit)
                found += 1
                kept += 1
        counts[index] = kept
    return found


class Groups:
    """Rows in groups, to be paired within each, again and again in other ways.

    vectors  (n, d) of each row
    group    (n,) from 0
    variant  (n,) rows of one group are paired with others of their variant first
    """

    def __init__(self, vectors: Floats, group: Ints, variant: Ints) -> None:
        self._vectors = np.ascontiguousarray(vectors, np.float64)
        self._rows = np.argsort(group, kind="stable")
        self._sorted = np.lexsort((variant, group))
        self._variant = np.ascontiguousarray(variant, np.int64)
        self._ends = np.concatenate([[0], np.cumsum(np.bincount(group))])
        self.count = len(self._ends) - 1

    def differences(
        self, wanted: Ints, number: int, rounds: int, most: int, unit: float
    ) -> tuple[npt.NDArray[np.int16], Ints]:
        """(directions, counts): what disjoint pairs of rows differ by, and how many of them each group has.

        wanted  (k,) groups; their pairs come one group after the other, each group's in the order of its rows
        number  of the round, 0..rounds - 1: each pairs the rows otherwise, as in a tournament where all meet all
        most    so many pairs of a group count, and only those that differ
        unit    length of a direction, in whole steps

        Rows of one variant are paired with each other, what is left over with the rest of the group's.
        """
        pairs = min(len(wanted) * most, len(self._rows) // 2)
        out = np.empty((pairs, self._vectors.shape[1]), np.int16)
        counts = np.empty(len(wanted), np.int64)
        mate = np.empty(len(self._rows), np.int64)
        inputs = (self._vectors, self._rows, self._ends, self._sorted, self._variant, wanted)
        found = _differences(*map(read_only, inputs), number, rounds, most, unit, mate, out, counts)
        return out[:found], counts


AT_ONCE = 4
"""Vectors that are added to a matrix together: it is read and written once for all of them."""


@entry
def _squared_products(vectors: Any, counts: Any, within: Any, between: Any) -> None:
    # With C the sum of v vᵀ over some vectors, their squared inner products with a w are wᵀ C w, and those with the
    # vectors of which D is the sum are the sum of the products of the entries of C and D.
    groups, width = len(counts), vectors.shape[1]
    each = np.empty((groups, width, width), np.float32)
    total = np.zeros((width, width))
    mine = np.empty((AT_ONCE, width), np.float32)
    sums = np.empty(width)  # one sum of them all would wait for each addition
    begin = 0
    for group in range(groups):
        end = begin + counts[group]
        matrix = each[group]
        matrix[:] = 0
        itself = 0
        for first in range(begin, end, AT_ONCE):
            mine[:] = 0
            for row in range(first, min(first + AT_ONCE, end)):
                squared: Any = 0
                for k in range(width):
                    squared += np.int32(vectors[row, k]) * np.int32(vectors[row, k])
                    mine[row - first, k] = vectors[row, k]
                itself += squared * squared
            for i in range(width):
                for j in range(width):
                    matrix[i, j] += (
                        mine[0, i] * mine[0, j]
                        + mine[1, i] * mine[1, j]
                        + mine[2, i] * mine[2, j]
                        + mine[3, i] * mine[3, j]
                    )
        sums[:] = 0.0
        for i in range(width):
            for j in range(width):
                total[i, j] += matrix[i, j]
                sums[j] += np.float64(matrix[i, j]) * matrix[i, j]
        own = np.int64(sums.sum())
        within[group] = own - itself
        between[group] = -own
        begin = end
    for group in range(groups):
        sums[:] = 0.0
        for i in range(width):
            for j in range(width):
                sums[j] += total[i, j] * each[group, i, j]
        between[group] += np.int64(sums.sum())


def squared_products(vectors: npt.NDArray[np.int16], counts: Ints) -> tuple[Ints, Ints]:
    """(within, between): of each group the sum of squared inner products of all ordered pairs of its vectors, and
    that of its vectors with all other groups'.

    vectors  (n, d) whole numbers, one group's after the other's: the sum of their fourth powers is below 2^53, and a
             group's of their squares below 2^24, so that sums are exact
    counts   (groups,) how many vectors each group has
    """
    within, between = np.zeros(len(counts), np.int64), np.zeros(len(counts), np.int64)
    _squared_products(read_only(np.ascontiguousarray(vectors)), read_only(counts), within, between)
    return within, between
