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


@entry
def _squared_products(vectors: Any, counts: Any, within: Any, between: Any) -> None:
    width = vectors.shape[1]
    total = np.zeros((width, width))
    image, mine = np.empty(width), np.empty(width)
    product = np.empty(width, np.int32)
    for row in range(len(vectors)):
        for k in range(width):
            mine[k] = vectors[row, k]
        for i in range(width):
            for j in range(i + 1):
                total[i, j] += mine[i] * mine[j]
    for i in range(width):
        for j in range(i):
            total[i, j] *= 2.0  # and nothing at [j, i]
    begin = 0
    for group in range(len(counts)):
        end = begin + counts[group]
        own: Any = 0
        every = 0.0
        for row in range(begin, end):
            for other in range(begin, row + 1):
                # Narrow products, and one sum of them: wide ones take several times as long.
                for k in range(width):
                    product[k] = np.int32(vectors[row, k]) * np.int32(vectors[other, k])
                squared = np.int64(product.sum()) ** 2
                if other < row:
                    within[group] += 2 * squared
                    own += 2 * squared
                else:
                    own += squared
            for k in range(width):
                mine[k] = vectors[row, k]
            image[:] = 0.0
            for i in range(width):
                for j in range(i + 1):
                    image[j] += total[i, j] * mine[i]
            for k in range(width):
                every += image[k] * mine[k]
        between[group] = np.int64(every) - own
        begin = end


def squared_products(vectors: npt.NDArray[np.int16], counts: Ints) -> tuple[Ints, Ints]:
    """(within, between): of each group the sum of squared inner products of all ordered pairs of its vectors, and
    that of its vectors with all other groups'.

    vectors  (n, d) whole numbers, one group's after the other's; the sum of their fourth powers is below 2^53
    counts   (groups,) how many vectors each group has
    """
    within, between = np.zeros(len(counts), np.int64), np.zeros(len(counts), np.int64)
    _squared_products(read_only(np.ascontiguousarray(vectors)), read_only(counts), within, between)
    return within, between
