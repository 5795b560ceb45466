"""Rows in the order of small numbers, and which row of several speaks for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, read_only

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@entry
def _counted(numbers: Any, ends: Any, out: Any) -> None:
    for number in numbers:
        ends[number + 1] += 1
    for number in range(1, len(ends)):
        ends[number] += ends[number - 1]
    for row in range(len(numbers)):
        out[ends[numbers[row]]] = row
        ends[numbers[row]] += 1


def counted(numbers: Ints) -> Ints:
    """(n,) places of the rows in the order of their numbers, equal ones as they stand.

    numbers  (n,) from 0, the largest not much above n
    source   counting sort
    """
    out = np.empty(len(numbers), np.int64)
    _counted(read_only(numbers), np.zeros(int(numbers.max(initial=-1)) + 2, np.int64), out)
    return out


def arranged(first: Ints, second: Ints) -> Ints:
    """(n,) places of the rows in the order of `first`, then of `second`, each as in `counted`."""
    order = counted(second)
    return order[counted(first[order])]


@entry
def _leading(row: Any, group: Any, name: Any, weight: Any, out: Any) -> None:
    begin = 0
    for end in range(1, len(row) + 1):
        if end < len(row) and row[end] == row[begin]:
            continue
        # An exchange has few of them: each is held against all.
        for here in range(begin, end):
            leads, heaviest = True, weight[here]
            for other in range(begin, end):
                if group[other] == group[here]:
                    leads &= name[other] >= name[here]
                    heaviest = max(heaviest, weight[other])
            out[here] = heaviest if leads else np.nan
        begin = end


def leading(row: Ints, group: Ints, name: Ints, weight: Floats) -> Floats:
    """(n,) the largest weight of each row and group where the name is their least, and NaN at their other names.

    row    (n,) equal ones side by side; a row has few groups and names
    group  (n,) of each; name (n,) each once a row; weight (n,) no NaN
    """
    out = np.empty(len(row))
    _leading(read_only(row), read_only(group), read_only(name), read_only(weight), out)
    return out
