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
    values: Any, ends: Any, labels: Any, order: Any, groups: Any, counts: Any, keys: Any, first: Any, state: Any,
    out: Any, owner: Any,
) -> Any:  # fmt: skip
    found = 0
    for group in range(len(groups) - 1):
        bits = 1
        while (1 << bits) < 2 * counts[group]:
            bits += 1
        last = (1 << bits) - 1
        state[: last + 1] = 0
        for which in range(groups[group], groups[group + 1]):
            row = order[which]
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


def group_sizes(ends: Ints, order: Ints, groups: Ints) -> Ints:
    """How many values the lists of each group have; order and groups as in `repeated`."""
    sizes: Ints = np.diff(np.r_[0, np.cumsum(np.diff(ends)[order])][groups])
    return sizes


def repeated(values: Ints, ends: Ints, labels: Ints, order: Ints, groups: Ints) -> tuple[Ints, Ints]:
    """(value, group): each value that stands in lists of at least two labels of one group, once a group.

    values  the values of all lists, one list after the other
    ends    (lists + 1,) where each list begins, and where the last one ends
    labels  (lists,) the label of each list
    order   (lists,) the lists, those of a group one after the other
    groups  (groups + 1,) where in `order` each group begins, and how many lists there are
    """
    sizes = group_sizes(ends, order, groups)
    slots = 1 << max(int(2 * sizes.max(initial=1) - 1).bit_length(), 1)
    out, owner = np.empty(len(values), np.int64), np.empty(len(values), np.int64)
    found = _repeated(
        read_only(values), read_only(ends), read_only(labels), read_only(order), read_only(groups), read_only(sizes),
        np.empty(slots, np.int64), np.empty(slots, np.int64), np.empty(slots, np.uint8), out, owner,
    )  # fmt: skip
    return out[:found], owner[:found]


@inlined
def _marked(value: Any, bits: Any, marks: Any) -> Any:
    """Whether a value may be wanted: of 2^(bits + 2) bits its own is set."""
    place = (np.uint64(value) * _MIX) >> np.uint64(62 - bits)
    return (marks[place >> np.uint64(6)] >> (place & np.uint64(63))) & np.uint64(1) != 0


@entry
def _fill(wanted: Any, bits: Any, marks: Any, keys: Any, number: Any) -> Any:
    last = (1 << bits) - 1
    for place in range(len(wanted)):
        bit = (np.uint64(wanted[place]) * _MIX) >> np.uint64(62 - bits)
        marks[bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))
        slot = slot_of(wanted[place], bits)
        while number[slot] >= 0:
            slot = (slot + 1) & last
        keys[slot], number[slot] = wanted[place], place


@entry
def _look(values: Any, ends: Any, bits: Any, marks: Any, keys: Any, number: Any, row: Any, found: Any) -> Any:
    last = (1 << bits) - 1
    count = 0
    for each in range(len(ends) - 1):
        for place in range(ends[each], ends[each + 1]):
            if not _marked(values[place], bits, marks):
                continue
            slot = slot_of(values[place], bits)
            while number[slot] >= 0 and keys[slot] != values[place]:
                slot = (slot + 1) & last
            if number[slot] >= 0:
                row[count], found[count] = each, number[slot]
                count += 1
    return count


@entry
def _look_placed(
    values: Any, ends: Any, bits: Any, marks: Any, keys: Any, number: Any, out: Any, out_ends: Any
) -> Any:
    last = (1 << bits) - 1
    count = 0
    for each in range(len(ends) - 1):
        begin = count
        for place in range(ends[each], ends[each + 1]):
            if not _marked(values[place], bits, marks):
                continue
            slot = slot_of(values[place], bits)
            while number[slot] >= 0 and keys[slot] != values[place]:
                slot = (slot + 1) & last
            if number[slot] >= 0:
                out[count] = ((count - begin) << 32) + number[slot]
                count += 1
        out_ends[each + 1] = count
    return count


@entry
def _look_each(values: Any, bits: Any, marks: Any, keys: Any, number: Any, found: Any) -> Any:
    last = (1 << bits) - 1
    for place in range(len(values)):
        found[place] = -1
        if not _marked(values[place], bits, marks):
            continue
        slot = slot_of(values[place], bits)
        while number[slot] >= 0 and keys[slot] != values[place]:
            slot = (slot + 1) & last
        found[place] = number[slot]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Values that are looked for, in a table that finds them.

    Nearly all values are others: a few bits for each wanted one, which fit a cache where the table doesn't, tell that.
    """

    bits: int
    marks: npt.NDArray[np.uint64]
    keys: Ints
    number: Small

    @classmethod
    def of(cls, values: Ints) -> Wanted:
        """values  (k,) each once; they are told by their places"""
        bits = max(int(2 * len(values)).bit_length(), 4)
        marks = np.zeros(1 << (bits - 4), np.uint64)
        keys, number = np.zeros(1 << bits, np.int64), np.full(1 << bits, -1, np.int32)
        _fill(read_only(values), bits, marks, keys, number)
        return cls(bits, marks, keys, number)

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
            read_only(self.marks),
            read_only(self.keys),
            read_only(self.number),
            row,
            found,
        )
        return row[:count], found[:count]

    def placed(self, values: Ints, ends: Ints) -> tuple[Ints, Ints]:
        """(values, ends) of lists of what is looked for: its number, and 2^32 times its place among those of its list.

        values, ends  lists as in `repeated`
        """
        out, out_ends = np.empty(int(ends[-1] - ends[0]), np.int64), np.zeros(len(ends), np.int64)
        marks, keys, number = read_only(self.marks), read_only(self.keys), read_only(self.number)
        count = _look_placed(
            read_only(values), read_only(ends), self.bits, marks, keys, number, out, out_ends
        )
        return out[:count], out_ends

    def each(self, values: Ints) -> Small:
        """(n,) the number of each value, -1 for one that is not looked for."""
        found = np.empty(len(values), np.int32)
        marks, keys, number = read_only(self.marks), read_only(self.keys), read_only(self.number)
        _look_each(read_only(values), self.bits, marks, keys, number, found)
        return found


@entry
def _follow(values: Any, ends: Any, kept: Any, begin: Any, a: Any, b: Any) -> Any:
    found = 0
    for row in range(len(ends) - 1):
        before = begin[row]
        for place in range(ends[row], ends[row + 1]):
            each = values[place]
            if kept[each]:
                if before >= 0:
                    a[found], b[found] = before, each
                    found += 1
                before = each
    return found


def follow(values: Small, ends: Ints, kept: npt.NDArray[np.bool_], begin: Small) -> tuple[Small, Small]:
    """(a, b) of each two kept numbers that follow one another in a list, and of what its first one follows.

    values, ends  lists as in `repeated`, of numbers from 0
    kept          (numbers,) which are looked at, as if the others weren't there
    begin         (lists,) what stands before each list, -1 where nothing does
    """
    most = int(ends[-1] - ends[0])
    a, b = np.empty(most, np.int32), np.empty(most, np.int32)
    found = _follow(read_only(values), read_only(ends), read_only(kept), read_only(begin), a, b)
    return a[:found], b[:found]
