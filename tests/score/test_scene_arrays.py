"""Array helpers of the score room beside the same in plain loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.score.degrees import NONE, Counts
from stillwatch.score.scene import distinct_pairs, shares_with_strangers

small = st.integers(-2, 3)


@given(st.lists(st.tuples(small, small)))
def test_distinct_pairs(rows: list[tuple[int, int]]) -> None:
    a, b = (np.array([row[i] for row in rows], np.int64) for i in (0, 1))
    first, second, counts = distinct_pairs(a, b)
    found = list(zip(first.tolist(), second.tolist(), counts.tolist(), strict=True))
    assert found == [(*pair, rows.count(pair)) for pair in dict.fromkeys(rows)]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12))
def test_shares_with_strangers(rows: list[tuple[int, int]]) -> None:
    column, org = (np.array([row[i] for row in rows], np.int64) for i in (0, 1))
    expected = []
    for value, _ in rows:
        owners = [whose for other, whose in rows if value and other == value]
        expected.append(len(owners) > 1 and not (len(set(owners)) == 1 and owners[0] != 0))
    assert shares_with_strangers(column, org).tolist() == expected


@given(st.dictionaries(st.integers(-5, 5), st.integers(1, 9)), st.lists(st.integers(-6, 6)))
def test_counts_of_names(known: dict[int, int], names: list[int]) -> None:
    ordered = sorted(known)
    counts = Counts(np.array(ordered, np.int64), np.array([known[name] for name in ordered], np.int64))
    assert counts.of(np.array(names, np.int64)).tolist() == [known.get(name, 0) for name in names]
    assert NONE.of(np.array(names, np.int64)).tolist() == [0] * len(names)
