"""What sets have in common, beside the same in plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.kernels.common import common


def listed(sets: list[set[int]]) -> tuple[Any, Any]:
    """(ends, things) of the sets."""
    things = [thing for each in sets for thing in sorted(each)]
    return np.cumsum([0, *map(len, sets)]).astype(np.int64), np.array(things, np.int32)


@settings(deadline=None)
@given(st.lists(st.sets(st.integers(0, 7)), max_size=12), st.integers(1, 4), st.integers(0, 12))
def test_pairs_are_those_of_plain_loops(sets: list[set[int]], least: int, cut: int) -> None:
    by_thing = [{number for number, each in enumerate(sets) if thing in each} for thing in range(8)]
    cut = min(cut, len(sets))
    told = []
    for span in (slice(0, cut), slice(cut, len(sets))):
        found = common(*listed(sets), *listed(by_thing), span, least)
        told += list(zip(*(each.tolist() for each in found), strict=True))
    expected = [
        (a, b, len(one & other))
        for a, one in enumerate(sets)
        for b, other in enumerate(sets)
        if a < b and len(one & other) >= least
    ]
    assert sorted(told) == expected
