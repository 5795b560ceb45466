"""Which rows are equal: numbers for them in the order in which they first come, without sorting."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, inlined, read_only

Ints = npt.NDArray[np.int64]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_STIR = np.uint64(0xBF58476D1CE4E5B9)


@inlined
def _slot(left: Any, right: Any, bits: Any) -> Any:
    """The slot of two values in a table of 2^bits slots."""
    mixed = np.uint64(left) * _MIX
    mixed = ((mixed ^ (mixed >> np.uint64(32))) + np.uint64(right)) * _STIR
    return np.int64((mixed ^ (mixed << np.uint64(29))) >> np.uint64(64 - bits))


@entry
def _numbered(left: Any, right: Any, bits: Any, table: Any, number: Any, first: Any) -> Any:
    last = (1 << bits) - 1
    found = 0
    for row in range(len(left)):
        slot = _slot(left[row], right[row], bits)
        while table[slot] >= 0:
            other = first[table[slot]]
            if left[other] == left[row] and right[other] == right[row]:
                break
            slot = (slot + 1) & last
        if table[slot] < 0:
            table[slot] = found
            first[found] = row
            found += 1
        number[row] = table[slot]
    return found


def numbered(left: Ints, right: Ints | None = None) -> tuple[Ints, Ints]:
    """(number, first): each row's number, the same for equal rows; and the first row of each number, ascending.

    left, right  (n,) of any size; rows are equal that are so in both
    """
    count = len(left)
    bits = max((2 * count).bit_length(), 1)
    number, first = np.empty(count, np.int64), np.empty(count, np.int64)
    # An array per column of which the second is the first again costs less than another kernel.
    columns = [np.ascontiguousarray(each, np.int64) for each in (left, left if right is None else right)]
    found = _numbered(*map(read_only, columns), bits, np.full(1 << bits, -1, np.int32), number, first)
    return number, first[:found]
