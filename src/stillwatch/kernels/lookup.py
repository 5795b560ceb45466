"""Values in lists: what groups of lists repeat, what is looked for, what follows what. No pass does more than look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, inlined, read_only

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]

_MIX = np.uint64(0x9E3779B97F4A7C15)


@inlined
def slot_of(value: Any, bits: Any) -> Any:
    """The slot of a value in a table of 2^bits slots: the upper bits of a product are well mixed."""
    return np.int64((np.uint64(value) * _MIX) >> np.uint64(64 - bits))


@entry
def _repeated(
    values: Any, ends: Any, labels: Any, groups: Any, keys: Any, first: Any, state: Any, out: Any, owner: Any
) -> Any:
    found = 0
    for group in range(len(groups) - 1):
        begin, end = groups[group], groups[group + 1]
        count = ends[end] - ends[begin]
        bits = 1
        while (1 << bits) < 2 * count:
            bits += 1
        last = (1 << bits) - 1
        state[: last + 1] = 0
        for row in range(begin, end):
            for place in range(ends[row], ends[row + 1]):
                value = values[place]
                slot = slot_of(value, bits)
                while state[slot] != 0 and keys[slot] != value:
                    slot = (slot + 1) & last
                if state[slot] == 0:
                    state[slot], keys[slot], first[slot] = 1, value, labels[row]
                elif state[slot] == 1 and first[slot] != labels[row]:
                    state[slot] = 2
                    out[found], owner[found] = value, group
                    found += 1
    return found


def repeated(values: Ints, ends: Ints, labels: Ints, groups: Ints) -> tuple[Ints, Ints]:
    """(value, group): each value that stands in lists of at least two labels of one group, once a group.

    values  the values of all lists, one list after the other
    ends    (lists + 1,) where each list begins, and where the last one ends
    labels  (lists,) the label of each list
    groups  (groups + 1,) the list that each group begins with, and how many there are
    """
    sizes = np.diff(ends[groups])
    slots = 1 << max(int(2 * sizes.max(initial=1) - 1).bit_length(), 1)
    out, owner = np.empty(len(values), np.int64), np.empty(len(values), np.int64)
    found = _repeated(
        read_only(values), read_only(ends), read_only(labels), read_only(groups),
        np.empty(slots, np.int64), np.empty(slots, np.int64), np.empty(slots, np.uint8), out, owner,
    )  # fmt: skip
    return out[:found], owner[:found]


@entry
def _fill(wanted: Any, bits: Any, keys: Any, number: Any) -> Any:
    last = (1 << bits) - 1
    for place in range(len(wanted)):
        slot = slot_of(wanted[place], bits)
        while number[slot] >= 0:
            slot = (slot + 1) & last
        keys[slot], number[slot] = wanted[place], place


@entry
def _look(values: Any, ends: Any, bits: Any, keys: Any, number: Any, row: Any, found: Any) -> Any:
    last = (1 << bits) - 1
    count = 0
    for each in range(len(ends) - 1):
        for place in range(ends[each], ends[each + 1]):
            slot = slot_of(values[place], bits)
            while number[slot] >= 0 and keys[slot] != values[place]:
                slot = (slot + 1) & last
            if number[slot] >= 0:
                row[count], found[count] = each, number[slot]
                count += 1
    return count


@dataclass(frozen=True, slots=True)
class Wanted:
    """Values that are looked for, in a table that finds them."""

    bits: int
    keys: Ints
    number: Small

    @classmethod
    def of(cls, values: Ints) -> Wanted:
        """values  (k,) each once; they are told by their places"""
        bits = max(int(4 * len(values)).bit_length(), 1)
        keys, number = np.zeros(1 << bits, np.int64), np.full(1 << bits, -1, np.int32)
        _fill(read_only(values), bits, keys, number)
        return cls(bits, keys, number)

    def among(self, values: Ints, ends: Ints) -> tuple[Ints, Small]:
        """(list, number) of each value that is looked for, as they stand: which list holds it, and which it is.

        values, ends  lists as in `repeated`
        """
        most = int(ends[-1] - ends[0])
        row, found = np.empty(most, np.int64), np.empty(most, np.int32)
        count = _look(
            read_only(values),
            read_only(ends),
            self.bits,
            read_only(self.keys),
            read_only(self.number),
            row,
            found,
        )
        return row[:count], found[:count]


def follow(row: Ints, number: Small, begin: Small) -> tuple[Small, Small]:
    """(a, b) of each two numbers that follow one another in a list, and of what its first one follows.

    row     (n,) list of each number, ascending; number (n,) in the order in which they stand
    begin   (lists,) what stands before each list, -1 where nothing does
    """
    before = np.empty(len(number), number.dtype)
    before[1:] = number[:-1]
    first = np.ones(len(row), dtype=bool)
    first[1:] = row[1:] != row[:-1]
    before[first] = begin[row[first]]
    told = before >= 0
    return before[told], number[told]
