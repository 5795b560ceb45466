"""Numbers of equal rows, beside the same with a dictionary."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.kernels.distinct import numbered

number = st.one_of(st.integers(-2, 2), st.integers(-(2**63), 2**63 - 1))


@settings(deadline=None)
@given(st.lists(st.tuples(number, number), max_size=60))
def test_equal_rows_have_one_number(rows: list[tuple[int, int]]) -> None:
    left, right = (np.array([row[k] for row in rows], np.int64) for k in range(2))
    names: dict[tuple[int, int], int] = {}
    expected = [names.setdefault(row, len(names)) for row in rows]
    found, first = numbered(left, right)
    assert found.tolist() == expected
    assert first.tolist() == [rows.index(row) for row in names]
    alone: dict[int, int] = {}
    assert numbered(left)[0].tolist() == [alone.setdefault(row[0], len(alone)) for row in rows]


def test_many_values_that_follow_each_other_find_their_places() -> None:
    values = np.arange(100_000) * 1_000_000
    found, first = numbered(values, values % 7)
    assert found.tolist() == first.tolist() == list(range(len(values)))
