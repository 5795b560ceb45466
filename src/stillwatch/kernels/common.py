"""What sets have in common, pair by pair: no pair that has little becomes a row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, read_only

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]


@entry
def _common(
    ends: Any, things: Any, set_ends: Any, sets: Any, first: Any, last: Any, least: Any, shared: Any, touched: Any,
    row: Any, other: Any, both: Any,
) -> Any:  # fmt: skip
    found = 0
    for each in range(first, last):
        many = 0
        for at in range(ends[each], ends[each + 1]):
            # The sets of a thing ascend: those behind this one stand at the end.
            place = set_ends[things[at] + 1] - 1
            while sets[place] > each:
                beside = sets[place]
                if shared[beside] == 0:
                    touched[many] = beside
                    many += 1
                shared[beside] += 1
                place -= 1
        for k in range(many):
            beside = touched[k]
            if shared[beside] >= least:
                row[found], other[found], both[found] = each, beside, shared[beside]
                found += 1
            shared[beside] = 0
    return found


def common(
    ends: Ints, things: Small, set_ends: Ints, sets: Small, span: slice, least: int
) -> tuple[Small, Small, Small]:
    """(set, later set, how many) of each two sets, the first of the span, that have at least so many things in common.

    ends, things     set s has things[ends[s]:ends[s + 1]], numbers from 0, each once
    set_ends, sets   the same by thing: thing t is in sets[set_ends[t]:set_ends[t + 1]], ascending
    least            1 or more
    """
    count = len(ends) - 1
    begin, end = ends[span.start], ends[span.stop]
    degree = np.diff(set_ends)[things[begin:end]]
    reached = np.diff(np.r_[0, np.cumsum(degree)][ends[span.start : span.stop + 1] - begin])
    most = int(np.minimum(reached // least, count).sum())
    row, other, both = (np.empty(most, np.int32) for _ in range(3))
    found = _common(
        read_only(ends), read_only(things), read_only(set_ends), read_only(sets), span.start, span.stop, least,
        np.zeros(count, np.int32), np.empty(count, np.int32), row, other, both,
    )  # fmt: skip
    return row[:found], other[:found], both[:found]
