"""Neighbours in a joint stream, beside the same in plain loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.kernels.streams import neighbours


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-127, 127)), max_size=40),
    st.integers(1, 5),
)
def test_neighbours_are_counted_as_in_plain_loops(rows: list[tuple[int, int, int]], lags: int) -> None:
    who, day, first = (np.array([row[k] for row in rows], np.int64) for k in range(3))
    own = np.stack([first, 3 - first // 2], axis=1).astype(np.int16)
    order = np.argsort(day, kind="stable")
    near, pairs = 0, np.zeros(int(day.max(initial=-1)) + 1, np.int64)
    for place, row in enumerate(order):
        for other in order[max(place - lags, 0) : place]:
            if day[other] == day[row] and who[other] != who[row]:
                near += int(own[row].astype(np.int64) @ own[other].astype(np.int64))
                pairs[day[row]] += 1
    sums = [own[day == each].astype(np.int64).sum(axis=0) for each in range(len(pairs))]
    found = neighbours(order, who, day, own, lags)
    assert found[0] == near
    assert found[1].tolist() == pairs.tolist()
    assert found[2].tolist() == [int(total @ total) for total in sums]
