"""Lists of small numbers: how often groups of lists show each, around how many labels; lists joined row by row; and
who owns what a list shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, inlined, read_only
from stillwatch.kernels.lookup import group_sizes, slot_of

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]


@inlined
def _table_bits(count: Any) -> Any:
    """Bits of a table that is at most half full."""
    bits = 1
    while (1 << bits) < 2 * count:
        bits += 1
    return bits


@entry
def _tallied(
    values: Any, ends: Any, more: Any, more_ends: Any, which: Any, labels: Any, order: Any, groups: Any, counts: Any,
    place: Any, seen: Any, label: Any, value: Any, group: Any, times: Any, around: Any,
) -> Any:  # fmt: skip
    found = 0
    for each in range(len(groups) - 1):
        bits = _table_bits(counts[each])
        last = (1 << bits) - 1
        place[: last + 1] = -1
        seen[: last + 1] = -1
        for number in range(groups[each], groups[each + 1]):
            row = order[number]
            own = ends[row + 1] - ends[row]
            borrowed = more_ends[which[row]] if which[row] >= 0 else 0
            both = own + (more_ends[which[row] + 1] - borrowed if which[row] >= 0 else 0)
            for at in range(both):
                shown = values[ends[row] + at] if at < own else more[borrowed + at - own]
                slot = slot_of(shown, bits)
                while place[slot] >= 0 and value[place[slot]] != shown:
                    slot = (slot + 1) & last
                if place[slot] < 0:
                    place[slot] = found
                    value[found], group[found], times[found], around[found] = shown, each, 0, 0
                    found += 1
                here = place[slot]
                times[here] += 1
                if labels[row] == 0:
                    continue
                slot = slot_of(labels[row] ^ slot_of(here, 63), bits)
                while seen[slot] >= 0 and (seen[slot] != here or label[slot] != labels[row]):
                    slot = (slot + 1) & last
                if seen[slot] < 0:
                    seen[slot], label[slot] = here, labels[row]
                    around[here] += 1
    return found


def tallied(
    values: Small,
    ends: Ints,
    more: Small,
    more_ends: Ints,
    which: Ints,
    labels: Ints,
    order: Ints,
    groups: Ints,
) -> tuple[Small, Ints, Ints, Ints]:
    """(value, group, times, around): how often the lists of a group show each value, around how many labels.

    values           the values of all lists, one list after the other
    ends             (lists + 1,) where each list begins, and where the last one ends
    more, more_ends  lists of which list r goes on with the one numbered which[r], or none where that is -1
    labels           (lists,) the label of each list; 0 is none, and counts for no label
    order            (lists,) the lists, those of a group one after the other
    groups           (groups + 1,) where in `order` each group begins, and how many lists there are
    """
    borrowed = np.r_[np.diff(more_ends), 0][which]
    sizes = group_sizes(ends + np.r_[0, np.cumsum(borrowed)], order, groups)
    slots = 1 << max(int(2 * sizes.max(initial=1) - 1).bit_length(), 1)
    most = int(sizes.sum())
    value, group = np.empty(most, np.int32), np.empty(most, np.int64)
    times, around = np.empty(most, np.int64), np.empty(most, np.int64)
    found = _tallied(
        read_only(values), read_only(ends), read_only(more), read_only(more_ends), read_only(which),
        read_only(labels), read_only(order), read_only(groups), read_only(sizes),
        np.empty(slots, np.int64), np.empty(slots, np.int64), np.empty(slots, np.int64), value, group, times, around,
    )  # fmt: skip
    return value[:found], group[:found], times[:found], around[:found]


@entry
def _joined(
    values: Any,
    ends: Any,
    more: Any,
    more_ends: Any,
    which: Any,
    rest: Any,
    rest_ends: Any,
    out: Any,
    out_ends: Any,
) -> Any:
    filled = 0
    for row in range(len(ends) - 1):
        begin = filled
        for source in range(3):
            if source == 0:
                first, last = ends[row], ends[row + 1]
            elif source == 1:
                first = last = 0
                if which[row] >= 0:
                    first, last = more_ends[which[row]], more_ends[which[row] + 1]
            else:
                first, last = rest_ends[row], rest_ends[row + 1]
            for at in range(first, last):
                each = values[at] if source == 0 else more[at] if source == 1 else rest[at]
                if each < 0:
                    continue
                # Lists are short: a new value is put where it belongs.
                here = filled
                while here > begin and out[here - 1] > each:
                    here -= 1
                if here > begin and out[here - 1] == each:
                    continue
                for moved in range(filled, here, -1):
                    out[moved] = out[moved - 1]
                out[here] = each
                filled += 1
        out_ends[row + 1] = filled
    return filled


def joined(
    values: Small, ends: Ints, more: Small, more_ends: Ints, which: Ints, rest: Small, rest_ends: Ints
) -> tuple[Small, Ints]:
    """(values, ends): the distinct values of three lists of each row, ascending; those below 0 are left out.

    values, ends     a list of each row
    more, more_ends  lists of which row r has the one numbered which[r], or none where that is -1
    rest, rest_ends  another list of each row
    """
    borrowed = np.diff(more_ends)[which[which >= 0]].sum() if len(more_ends) > 1 else 0
    most = int(ends[-1] - ends[0] + rest_ends[-1] - rest_ends[0] + borrowed)
    out, out_ends = np.empty(most, np.int32), np.zeros(len(ends), np.int64)
    filled = _joined(
        read_only(values), read_only(ends), read_only(more), read_only(more_ends), read_only(which), read_only(rest),
        read_only(rest_ends), out, out_ends,
    )  # fmt: skip
    return out[:filled], out_ends


@entry
def _heaviest(
    values: Any, ends: Any, begins: Any, owners: Any, weights: Any, row: Any, owner: Any, weight: Any
) -> Any:
    found = 0
    for each in range(len(ends) - 1):
        begin = found
        for at in range(ends[each], ends[each + 1]):
            for k in range(begins[values[at]], begins[values[at] + 1]):
                # A list has few owners: they are looked through.
                here = begin
                while here < found and owner[here] != owners[k]:
                    here += 1
                if here == found:
                    row[found], owner[found], weight[found] = each, owners[k], weights[k]
                    found += 1
                elif weights[k] > weight[here]:
                    weight[here] = weights[k]
    return found


def heaviest(
    values: Small, ends: Ints, begins: Ints, owners: Ints, weights: npt.NDArray[np.float64]
) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
    """(list, owner, weight): each owner of a value of a list, once a list, with the heaviest weight there.

    values, ends     lists as in `tallied`
    begins           (values + 1,) value v is owned by owners[begins[v]:begins[v + 1]], each with its weight
    """
    most = int(np.diff(begins)[values[ends[0] : ends[-1]]].sum())
    row, owner, weight = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    found = _heaviest(
        read_only(values),
        read_only(ends),
        read_only(begins),
        read_only(owners),
        read_only(weights),
        row,
        owner,
        weight,
    )
    return row[:found], owner[:found], weight[:found]
